"""Programs that a running container does not need, from `build_tools.json`: shells, package managers, compilers."""

import re
from functools import cache

from ringfence.formats import typed_json
from ringfence.io import packaged
from ringfence.model.fact import Fact

_TRIPLET = re.compile(r"^[a-z0-9_]+(?:-[a-z0-9]+)?-linux-(?:gnu|musl)[a-z0-9]*-")
_VERSION = re.compile(r"-?[0-9]+(?:\.[0-9]+)*$")


class ToolKind(Fact):
    """Names of programs of one kind, and where the names are from."""

    kind: str
    names: tuple[str, ...]
    source: str


class ToolTable(Fact):
    """All kinds, and the folders in which programs are looked for."""

    kinds: tuple[ToolKind, ...]
    folders: tuple[str, ...]


class BuildTools:
    """The table, ready to be asked."""

    def __init__(self, table: ToolTable) -> None:
        self.folders = frozenset(table.folders)
        self._kinds = {name: kind.kind for kind in table.kinds for name in kind.names}

    def kind(self, name: str) -> str:
        """The kind of the program called `name` (`gcc-12` and `x86_64-linux-gnu-gcc` are gcc); empty for none of them."""
        found = self._kinds.get(name)
        if found is None and "-" in name:
            found = self._kinds.get(_VERSION.sub("", _TRIPLET.sub("", name)))
        return found or ""


@cache
def table() -> BuildTools:
    """The table that ships with Ringfence."""
    return BuildTools(typed_json.decode(packaged.read("knowledge/build_tools.json"), ToolTable, "table of build tools"))
