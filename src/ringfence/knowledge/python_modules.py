"""Which modules a Python distribution brings, where these are not called as it is: from `python_modules.json`."""

from functools import cache

from ringfence.formats import typed_json
from ringfence.io import packaged
from ringfence.model.fact import Fact


class ModuleTable(Fact):
    """Names in normal form, each with its modules (dotted where it shares a namespace), and where this is from."""

    source: str
    modules: dict[str, tuple[str, ...]]


@cache
def modules(distribution: str) -> tuple[str, ...]:
    """The modules of a distribution by its name in normal form; empty if the table does not have it."""
    return table().modules.get(distribution, ())


@cache
def table() -> ModuleTable:
    """The whole table."""
    return typed_json.decode(packaged.read("knowledge/python_modules.json"), ModuleTable, "table of Python modules")
