"""Folders of files that a running container does not need, from `unneeded_files.json`: caches, documentation, tests, ..."""

from functools import cache

from ringfence.formats import typed_json
from ringfence.io import packaged
from ringfence.model.fact import Fact


class UnneededKind(Fact):
    """Folders of one kind: by their whole path (`folders`), or by their name alone (`names`).

    Where `within` is not empty a name counts only below a folder of one of these names. `source` says where they are from.
    """

    kind: str
    folders: tuple[str, ...]
    names: tuple[str, ...]
    source: str
    within: tuple[str, ...] = ()


class UnneededFolders:
    """The table, ready to be asked."""

    def __init__(self, kinds: tuple[UnneededKind, ...]) -> None:
        self._folders = {path: item.kind for item in kinds for path in item.folders}
        self._names = {name: (item.kind, frozenset(item.within)) for item in kinds for name in item.names}

    def kind(self, folder: str) -> str:
        """What the folder at `folder` (relative to the root) holds; empty for nothing of the kind."""
        found = self._folders.get(folder)
        if found is None:
            kind, within = self._names.get(folder.rpartition("/")[2], ("", frozenset()))
            if kind and (not within or not within.isdisjoint(folder.split("/")[:-1])):
                return kind
        return found or ""


@cache
def table() -> UnneededFolders:
    """The table that ships with Ringfence."""
    data = packaged.read("knowledge/unneeded_files.json")
    return UnneededFolders(typed_json.decode(data, tuple[UnneededKind, ...], "table of unneeded files"))
