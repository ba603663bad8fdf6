"""How large the files of a layer are and where they lie: what layers waste on each other, and what nothing needs later.

Numbers instead of names: 24 bytes a file, so that a layer of 3 million files takes 72 MB. See `layer_record.name_number`.
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ringfence.knowledge.unneeded_files import UnneededFolders
from ringfence.layers.image.collect.reading.layer_record import FileSizes, LayerRecord, name_number

LARGE = 1024 * 1024
"""Bytes from which a file is worth naming by itself."""
MAX_LARGE = 5_000
"""Files of one layer that are named."""
MAX_DEPTH = 64
"""Folders from the root; what lies deeper counts for the folder at this depth."""
MAX_KNOWN = 100_000
"""Folders remembered while a layer is read; when there are more, they are learnt again."""
MAX_PLACES = 10_000
"""Folders of unneeded files told apart in one layer; the rest is not told apart from files that are needed."""

_ROOT, _NEEDED = 0, 0


class SizeLog:
    """Written while a layer is read, in step with its list of names."""

    def __init__(self, table: UnneededFolders) -> None:
        self._table = table
        self._sizes, self._folders, self._places = array("Q"), array("I"), array("I")
        self._tree, self._parents = array("Q", [name_number("")]), array("I", [_ROOT])
        self._known: dict[str, tuple[int, int]] = {"": (_ROOT, _NEEDED)}
        self._kinds: list[tuple[str, str]] = [("", "")]
        self._large: list[tuple[int, str]] = []

    def add(self, path: str, folder: str, size: int) -> None:
        """The next file: its folder is the path up to the last slash."""
        known = self._known.get(folder)
        place, kind = known if known is not None else self._enter(folder)
        if size >= LARGE and len(self._large) < MAX_LARGE:
            self._large.append((len(self._sizes), path))
        self._sizes.append(size)
        self._folders.append(place)
        self._places.append(kind)

    def sizes(self) -> FileSizes:
        """What was written."""
        return FileSizes(
            sizes=self._sizes.tobytes(),
            folders=self._folders.tobytes(),
            places=self._places.tobytes(),
            tree=self._tree.tobytes(),
            parents=self._parents.tobytes(),
            kinds=tuple(self._kinds),
            large=tuple(self._large),
        )

    def _enter(self, folder: str) -> tuple[int, int]:
        if len(self._known) > MAX_KNOWN:
            self._known = {"": (_ROOT, _NEEDED)}
        above, path = self._known[""], ""
        for part in folder.split("/", MAX_DEPTH)[:MAX_DEPTH]:
            path = f"{path}/{part}" if path else part
            known = self._known.get(path)
            if known is None:
                known = self._known[path] = self._new(path, *above)
            above = known
        self._known[folder] = above
        return above

    def _new(self, path: str, parent: int, place: int) -> tuple[int, int]:
        self._tree.append(name_number(path))
        self._parents.append(parent)
        if place == _NEEDED and len(self._kinds) < MAX_PLACES and (kind := self._table.kind(path)):
            self._kinds.append((kind, path))
            place = len(self._kinds) - 1
        return len(self._tree) - 1, place


class Place(NamedTuple):
    """Unneeded files of one kind under one folder of the final tree: how many, their bytes, the layer with most of them."""

    kind: str
    folder: str
    files: int
    size: int
    layer: int


@dataclass(slots=True)
class Waste:
    """What later layers took of one: files and bytes deleted, files and bytes replaced, and the largest of them by name."""

    layer: int
    deleted_files: int = 0
    deleted_bytes: int = 0
    replaced_files: int = 0
    replaced_bytes: int = 0
    largest: list[tuple[int, str]] = field(default_factory=list)


class Stacked:
    """The layers of one image over each other, as far as sizes go. `layers` are (number, record), the base first."""

    def __init__(self, layers: Sequence[tuple[int, LayerRecord]]) -> None:
        self._layers = layers
        self._hidden: dict[int, bytearray] = {}
        self.waste: list[Waste] = []
        hiding = _Hiding()
        for number, layer in reversed(layers):
            self._look_through(number, layer, hiding)
            if number != layers[0][0]:
                hiding.add(layer)
        self.waste.reverse()

    def places(self) -> tuple[Place, ...]:
        """Where unneeded files lie, the most bytes first."""
        files: dict[tuple[str, str], int] = {}
        sizes: dict[tuple[str, str], dict[int, int]] = {}
        for number, layer in self._layers:
            for place, size in self._shown(number, layer, array("I", layer.sizes.places)):
                if place:
                    key = layer.sizes.kinds[place]
                    files[key] = files.get(key, 0) + 1
                    by_layer = sizes.setdefault(key, {})
                    by_layer[number] = by_layer.get(number, 0) + size
        found = (
            Place(*key, files[key], sum(by_layer.values()), max(by_layer, key=lambda number: by_layer[number]))
            for key, by_layer in sizes.items()
        )
        return tuple(sorted(found, key=lambda item: (-item.size, item.folder)))

    def sizes_of(self, paths: Iterable[str]) -> dict[str, int]:
        """The bytes of those of `paths` that are files of the final tree."""
        wanted = {name_number(path): path for path in paths}
        found: dict[str, int] = {}
        for number, layer in self._layers if wanted else ():
            for name, size in self._shown(number, layer, array("Q", layer.files)):
                if name in wanted:
                    found[wanted[name]] = size
        return found

    def _shown(self, number: int, layer: LayerRecord, column: Iterable[int]) -> Iterator[tuple[int, int]]:
        """A column's values beside the sizes, of the files that no later layer hides."""
        pairs = zip(column, array("Q", layer.sizes.sizes), strict=True)
        hidden = self._hidden.get(number)
        if hidden is None:
            return iter(pairs)
        return (pair for pair, gone in zip(pairs, hidden, strict=True) if not gone)

    def _look_through(self, number: int, layer: LayerRecord, hiding: "_Hiding") -> None:
        names, sizes = array("Q", layer.files), array("Q", layer.sizes.sizes)
        covered = hiding.covered(layer)
        if not covered and hiding.replaced.isdisjoint(names) and hiding.gone.isdisjoint(names):
            return
        waste, hidden, large = Waste(number), bytearray(len(names)), dict(layer.sizes.large)
        for index, (name, folder) in enumerate(zip(names, array("I", layer.sizes.folders), strict=True)):
            if name in hiding.replaced:
                waste.replaced_files += 1
                waste.replaced_bytes += sizes[index]
            elif name in hiding.gone or folder in covered:
                waste.deleted_files += 1
                waste.deleted_bytes += sizes[index]
            else:
                continue
            hidden[index] = 1
            if index in large:
                waste.largest.append((sizes[index], large[index]))
        self._hidden[number] = hidden
        waste.largest.sort(reverse=True)
        self.waste.append(waste)


class _Hiding:
    """What the layers looked at so far, from the top, hide of those below."""

    def __init__(self) -> None:
        self.replaced: set[int] = set()
        self.gone: set[int] = set()
        self._opaque: set[int] = set()

    def add(self, layer: LayerRecord) -> None:
        self.replaced.update(array("Q", layer.files))
        self.gone.update(array("Q", layer.folders))  # a folder in a file's place
        self._opaque.update(name_number(path) for path in (*layer.opaque, *layer.gone))
        self.gone.update(name_number(path) for path in layer.gone)

    def covered(self, layer: LayerRecord) -> frozenset[int]:
        """The folders of a layer that nothing can be seen of any more. Parents come before what is in them."""
        tree, found = array("Q", layer.sizes.tree), set()
        if self._opaque.isdisjoint(tree) and self.replaced.isdisjoint(tree):
            return frozenset()
        for index, parent in enumerate(array("I", layer.sizes.parents)):
            if tree[index] in self._opaque or tree[index] in self.replaced or (index and parent in found):
                found.add(index)
        return frozenset(found)
