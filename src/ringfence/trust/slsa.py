"""Does a provenance say what was expected: which builder, of which source, with which parameters.

Source: slsa.dev/spec/v1.0, "Verifying artifacts" (steps 2 and 3) and provenance v1; v0.2 is read as well, since cosign 2
writes it. That the builder's own key signed is asked where signers are: a builder's name alone is a claim anybody can make.
"""

from dataclasses import dataclass, field

import msgspec

from ringfence.formats.in_toto import Statement
from ringfence.model.fact import Fact

V1 = "https://slsa.dev/provenance/v1"
V02 = "https://slsa.dev/provenance/v0.2"
TYPES = (V1, V02)


@dataclass(frozen=True, slots=True)
class Expected:
    """What a provenance must say. `builders` are ids of which one must be it; `source` is a repository's address.

    `parameters` are members of the external parameters with their values (text, or JSON); with `only`, there must be no
    others besides those that name the source.
    """

    builders: tuple[str, ...] = ()
    source: str = ""
    parameters: dict[str, object] = field(default_factory=dict)
    only: bool = False


class _Resource(Fact):
    uri: str = ""


class _Definition(Fact, rename="camel"):
    external_parameters: dict[str, object] = {}
    resolved_dependencies: tuple[_Resource, ...] = ()


class _Builder(Fact):
    id: str = ""


class _Details(Fact):
    builder: _Builder = _Builder()


class _V1(Fact, rename="camel"):
    build_definition: _Definition = _Definition()
    run_details: _Details = _Details()


class _Source(Fact):
    uri: str = ""


class _Invocation(Fact, rename="camel"):
    config_source: _Source = _Source()
    parameters: dict[str, object] | None = None


class _V02(Fact):
    builder: _Builder = _Builder()
    invocation: _Invocation = _Invocation()
    materials: tuple[_Resource, ...] | None = None


@dataclass(frozen=True, slots=True)
class _Said:
    builder: str
    sources: tuple[str, ...]
    parameters: dict[str, object]
    about_source: frozenset[str]


def missing(statement: Statement, expected: Expected) -> str:
    """What a statement does not say as expected; empty if it says all of it."""
    try:
        said = _said(statement)
    except msgspec.ValidationError as cause:
        return f"its provenance is not of its type's form: {cause}"
    if expected.builders and said.builder not in expected.builders:
        return f"it was built by {said.builder[:200]!r}"
    if expected.source and not any(_same_source(expected.source, item) for item in said.sources):
        return f"it was built of {', '.join(said.sources)[:300] or 'a source it does not name'}"
    for name, value in expected.parameters.items():
        found = _member(said.parameters, name)
        if found != value:
            return f"its parameter {name} is {str(found)[:200]!r}"
    named = {name.partition(".")[0] for name in expected.parameters} | said.about_source
    other = sorted(set(said.parameters) - named)
    if expected.only and other:
        return f"it was built with parameters nobody expected: {', '.join(other)[:300]}"
    return ""


def _said(statement: Statement) -> _Said:
    if statement.predicate_type == V02:
        old = msgspec.convert(statement.predicate, _V02)
        uris = (old.invocation.config_source.uri, *(item.uri for item in old.materials or ()))
        return _Said(old.builder.id, tuple(filter(None, uris)), old.invocation.parameters or {}, frozenset())
    made = msgspec.convert(statement.predicate, _V1)
    parameters = made.build_definition.external_parameters
    # Where build types keep it: GitHub's workflow, Cloud Build's and others' source.
    inside = {
        name: _texts(parameters[name]) for name in ("workflow", "source", "repository", "configSource") if name in parameters
    }
    uris = tuple(item.uri for item in made.build_definition.resolved_dependencies)
    sources = (*(text for texts in inside.values() for text in texts), *uris)
    return _Said(made.run_details.builder.id, tuple(filter(None, sources)), parameters, frozenset(inside))


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(item for item in value.values() if isinstance(item, str)) if isinstance(value, dict) else ()


def _same_source(wanted: str, said: str) -> bool:
    """A repository's address, whether or not `git+` stands before it or `@REVISION` after it."""
    said = said.removeprefix("git+")
    wanted = wanted.removeprefix("git+")
    head, at, tail = said.rpartition("@")
    return wanted in (said, head if at and "/" in head and ":" not in tail else said)


def _member(parameters: dict[str, object], name: str) -> object:
    value: object = parameters
    for step in name.split("."):
        if not isinstance(value, dict) or step not in value:
            return None
        value = value[step]
    return value
