"""Layers laid over each other: which of the files that matter are in the final tree, and which were hidden.

Only files that something is known of are kept, so that memory grows with findings, not with files.
Source of the rules: OCI image-spec 1.1, layer.md "Whiteouts" and "Opaque Whiteout".
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class Mark:
    """Something known of the file at `path` in layer number `layer`; `hidden` once a later entry took its place."""

    path: str
    layer: int
    what: object
    hidden: bool = False


@dataclass(slots=True)
class LayerMarks:
    """What one layer does to the tree.

    `gone` are whiteouts, `opaque` folders whose lower content is hidden, `replaced` paths of lower marks, or of folders
    above them, that this layer has an entry of another file at. `snapshot` says that it is a whole tree of its own.
    """

    index: int
    gone: set[str] = field(default_factory=set)
    opaque: set[str] = field(default_factory=set)
    replaced: set[str] = field(default_factory=set)
    by_path: dict[str, list[Mark]] = field(default_factory=dict)
    overwritten: list[Mark] = field(default_factory=list)
    snapshot: bool = False

    def add(self, path: str, what: object) -> None:
        """Notes something of a file of this layer."""
        self.by_path.setdefault(path, []).append(Mark(path, self.index, what))

    def forget(self, path: str) -> None:
        """A second entry of the same path: the first can only be read in the layer itself."""
        for mark in self.by_path.pop(path, ()):
            mark.hidden = True
            self.overwritten.append(mark)


class Tree:
    """The final tree, as far as marks go, and every mark ever made."""

    def __init__(self) -> None:
        self.all: list[Mark] = []
        self._live: dict[str, list[Mark]] = {}
        self._folders: dict[str, int] = {}

    def concerns(self, path: str) -> bool:
        """Whether there is a mark at `path` or under it."""
        return path in self._live or path in self._folders

    def at(self, path: str) -> list[Mark]:
        """The marks that are in force at `path`."""
        return self._live.get(path, [])

    def live(self, kind: type[T]) -> Iterator[tuple[Mark, T]]:
        """The marks of a kind that are in force, by path."""
        for path in sorted(self._live):
            for mark in self._live[path]:
                if isinstance(mark.what, kind):
                    yield mark, mark.what

    def lay(self, layer: LayerMarks) -> None:
        """Puts a layer on top."""
        before = dict(self._live) if layer.snapshot else {}
        if layer.gone or layer.opaque or layer.replaced or layer.snapshot:
            for path in [path for path in self._live if layer.snapshot or _hidden(path, layer)]:
                self._hide(path)
        self.all.extend(layer.overwritten)
        for path, marks in layer.by_path.items():
            known = [mark for mark in before.get(path, ()) if any(mark.what == new.what for new in marks)]
            for mark in known:
                mark.hidden = False
            fresh = [mark for mark in marks if all(mark.what != old.what for old in known)]
            self.all.extend(fresh)
            if path not in self._live:
                for folder in _folders(path):
                    self._folders[folder] = self._folders.get(folder, 0) + 1
            self._live[path] = [*self._live.get(path, ()), *known, *fresh]

    def _hide(self, path: str) -> None:
        for mark in self._live.pop(path):
            mark.hidden = True
        for folder in _folders(path):
            self._folders[folder] -= 1
            if not self._folders[folder]:
                del self._folders[folder]


def _hidden(path: str, layer: LayerMarks) -> bool:
    if path in layer.gone or path in layer.replaced or "" in layer.opaque:
        return True
    return any(folder in layer.gone or folder in layer.opaque or folder in layer.replaced for folder in _folders(path))


def _folders(path: str) -> Iterator[str]:
    at = path.rfind("/")
    while at > 0:
        yield path[:at]
        at = path.rfind("/", 0, at)
