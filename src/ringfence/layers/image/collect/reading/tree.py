"""Layers laid over each other: which of the files that matter are in the final tree, and which were hidden.

Only files that something is known of are kept, so that memory grows with findings, not with files.
Source of the rules: OCI image-spec 1.1, layer.md "Whiteouts" and "Opaque Whiteout".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from ringfence.layers.image.collect.reading.layer_record import (
    Database,
    LayerRecord,
    Rights,
    Secrets,
    name_number,
    numbers,
)

T = TypeVar("T")


@dataclass(slots=True)
class Mark:
    """Something known of the file at `path` in layer number `layer`; `hidden` once a later entry took its place."""

    path: str
    layer: int
    what: object
    hidden: bool = False


class Tree:
    """The final tree, as far as marks go, and every mark ever made."""

    def __init__(self) -> None:
        self.all: list[Mark] = []
        self._live: dict[str, list[Mark]] = {}

    def at(self, path: str) -> list[Mark]:
        """The marks that are in force at `path`."""
        return self._live.get(path, [])

    def live(self, kind: type[T]) -> Iterator[tuple[Mark, T]]:
        """The marks of a kind that are in force, by path."""
        for path in sorted(self._live):
            for mark in self._live[path]:
                if isinstance(mark.what, kind):
                    yield mark, mark.what

    def lay(self, index: int, layer: LayerRecord, *, snapshot: bool = False) -> None:
        """Puts layer number `index` on top. A `snapshot` is a whole tree of its own, not a difference."""
        fresh = [(mark.path, mark.what, mark.overwritten) for mark in layer.marks]
        for path, target in layer.links:
            linked = [mark.what for mark in self.at(target) if isinstance(mark.what, Rights | Secrets | Database)]
            fresh += [(path, what, False) for what in linked]
        before = dict(self._live) if snapshot else {}
        for path in list(self._live) if snapshot else _hidden(self._live, layer):
            for mark in self._live.pop(path):
                mark.hidden = True
        for path, what, overwritten in fresh:
            if overwritten:
                self.all.append(Mark(path, index, what, hidden=True))
                continue
            known = next((mark for mark in before.get(path, ()) if mark.what == what), None)
            if known is not None:
                known.hidden = False
            else:
                self.all.append(known := Mark(path, index, what))
            self._live.setdefault(path, []).append(known)


def _hidden(paths: dict[str, list[Mark]], layer: LayerRecord) -> list[str]:
    """Those of `paths` that a layer deletes or puts something else in the place of."""
    gone, opaque = frozenset(layer.gone), frozenset(layer.opaque)
    files, folders = numbers(layer.files), numbers(layer.folders)
    # A folder that stays a folder hides nothing; a file, a link or a whiteout in its place hides all that was in it.
    hides: dict[str, bool] = {"": "" in opaque}

    def covered(folder: str) -> bool:
        known = hides.get(folder)
        if known is None:
            known = folder in gone or folder in opaque or name_number(folder) in files or covered(folder.rpartition("/")[0])
            hides[folder] = known
        return known

    def replaced(path: str) -> bool:
        number = name_number(path)
        return path in gone or number in files or number in folders or covered(path.rpartition("/")[0])

    return [path for path in paths if replaced(path)]
