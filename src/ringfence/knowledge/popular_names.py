"""Names of much-used packages, from `popular_names.json`: what look-alikes imitate; and neighbours that imitate nobody."""

from functools import cache

from ringfence.formats import typed_json
from ringfence.io import packaged
from ringfence.model.fact import Fact


class NameList(Fact):
    """Names of one ecosystem, and where they are from."""

    ecosystem: str
    source: str
    names: tuple[str, ...]


class NameTable(Fact):
    """`neighbours` are packages of their own whose names are near to a much-used one."""

    lists: tuple[NameList, ...]
    neighbours: tuple[NameList, ...]


@cache
def popular(ecosystem: str) -> frozenset[str]:
    """The much-used names of an ecosystem; empty where there is no list."""
    return frozenset(name for item in table().lists if item.ecosystem == ecosystem for name in item.names)


@cache
def neighbours(ecosystem: str) -> frozenset[str]:
    """Names that are near to a much-used one and known to be nobody's imitation."""
    return frozenset(name for item in table().neighbours if item.ecosystem == ecosystem for name in item.names)


@cache
def table() -> NameTable:
    """The whole table."""
    return typed_json.decode(packaged.read("knowledge/popular_names.json"), NameTable, "table of popular names")
