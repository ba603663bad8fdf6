"""JSON, `ringfence/report/v1`: the public contract that other people's scripts read. `docs/report.md` describes it.

Every field is always there, at every depth, in the order of the types: a script never has to ask whether a key exists.
"""

import re

import msgspec

from ringfence.model.declare import ReportFormat
from ringfence.model.report import Report
from ringfence.report.style import Style

REPORT = ReportFormat(slug="json")


def render(report: Report, style: Style) -> str:  # noqa: ARG001 - every format has this form
    """The report as one JSON document, indented, with a line end."""
    return written(report)


def written(value: object) -> str:
    """A value as an indented JSON document with a line end, of which a terminal would obey nothing."""
    text = msgspec.json.format(msgspec.json.encode(complete(value)), indent=2).decode()
    return _UNSAFE.sub(_escaped, text) + "\n"


def complete(value: object) -> object:
    """What JSON can say, with the fields that have their default too (`Fact` leaves those out of documents it stores)."""
    if isinstance(value, msgspec.Struct):
        tag = value.__struct_config__.tag
        fields: dict[str, object] = {} if tag is None else {str(value.__struct_config__.tag_field): tag}
        return fields | {name: complete(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, tuple | list):
        return [complete(item) for item in value]
    if isinstance(value, dict):
        return {key: complete(item) for key, item in value.items()}
    if type(value) is str and not value.isascii():
        # A file name that is not UTF-8 arrives with lone surrogates, which no JSON may hold: show its bytes as `\udcff`.
        return value.encode("utf-8", "backslashreplace").decode()
    return value


_UNSAFE = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""DEL, the C1 controls and the bidirectional controls. JSON lets them stand, a terminal would obey them."""


def _escaped(found: re.Match[str]) -> str:
    """The JSON escape: such a character can only stand inside a string, and reads back as itself."""
    return f"\\u{ord(found.group()):04x}"
