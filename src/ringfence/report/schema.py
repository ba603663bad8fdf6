"""The JSON Schema of `ringfence/report/v1`, made from the types, so that the two cannot part.

`report.schema.json` beside this file is what ships; a test compares. Extra fields are allowed: within v1 fields are added,
never removed or given another meaning, and a reader passes over what it does not know.
"""

import re

import msgspec

from ringfence.io import packaged
from ringfence.model.report import SCHEMA, Report

ID = "https://github.com/ringfence/ringfence/raw/main/src/ringfence/report/report.schema.json"
"""The address where the document stands."""
DIALECT = "https://json-schema.org/draft/2020-12/schema"
"""The draft it is written in."""
FIELDS = "report/fields.json"
"""What each field of the contract means: `{type: {field: sentence}}`."""


class _Definition(msgspec.Struct, omit_defaults=True, rename={"schema_type": "type", "any_of": "anyOf"}):
    """A definition as msgspec makes it: the few keywords it uses."""

    title: str
    schema_type: str = ""
    description: str = ""
    properties: dict[str, dict[str, object]] = {}
    required: list[str] = []
    enum: list[str] = []


def fields() -> dict[str, dict[str, str]]:
    """The sentences of `fields.json`. Raises `Unavailable` if the installation lacks the file."""
    return msgspec.json.decode(packaged.read(FIELDS), type=dict[str, dict[str, str]])


def document() -> bytes:
    """The whole schema as it ships, indented, with a line end."""
    _, components = msgspec.json.schema_components((Report,), ref_template="#/$defs/{name}")
    told = fields()
    definitions = {
        name: _described(msgspec.convert(component, _Definition), told.get(name, {}))
        for name, component in sorted(components.items())
    }
    whole = {"$schema": DIALECT, "$id": ID, "title": SCHEMA, "$ref": "#/$defs/Report", "$defs": definitions}
    text = msgspec.json.format(msgspec.json.encode(whole), indent=2).decode()
    for name in sorted(definitions, key=len, reverse=True):
        text = text.replace(f'"{name}"', f'"{_public(name)}"').replace(f'/{name}"', f'/{_public(name)}"')
    return _MODULES.sub("", text).encode() + b"\n"


def _described(definition: _Definition, told: dict[str, str]) -> _Definition:
    """The definition with every field required, for `json.complete` writes them all, and with its sentence."""
    properties = {
        name: _without_default(schema) | ({"description": told[name]} if name in told else {})
        for name, schema in definition.properties.items()
    }
    return msgspec.structs.replace(
        definition,
        description=" ".join(definition.description.split()),
        properties=properties,
        required=list(properties),
    )


def _without_default(schema: dict[str, object]) -> dict[str, object]:
    """A field that is always there has no default."""
    return {key: value for key, value in schema.items() if key != "default"}


_MODULES = re.compile(r"ringfence\.model\.\w+?\.")
"""Where a type lives is nobody's business outside."""


def _public(name: str) -> str:
    """`KnownTupleMount` out of msgspec's name of a generic type, `Known_tuple_ringfence.model.confinement.Mount__...__`."""
    words = re.findall("[A-Za-z]+", _MODULES.sub("", name))
    return "".join(word[0].upper() + word[1:] for word in words)


def reference() -> str:
    """The tables of fields for `docs/report.md`."""
    tables = [
        f"### {name}\n\n| field | meaning |\n|---|---|\n" + "".join(f"| `{key}` | {said} |\n" for key, said in told.items())
        for name, told in fields().items()
    ]
    return "\n".join(tables)
