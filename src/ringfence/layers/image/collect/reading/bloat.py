"""What an image carries for nothing: from the sizes of its files to facts."""

from collections.abc import Callable

from ringfence.layers.image.collect.reading import ownership
from ringfence.layers.image.collect.reading.file_sizes import Place, Stacked, Waste
from ringfence.layers.image.collect.reading.layer_record import Program
from ringfence.layers.image.collect.reading.links import Links
from ringfence.layers.image.collect.reading.tree import Mark, Tree
from ringfence.layers.image.facts import Leftover, Tool, WastedBytes
from ringfence.model.location import Location
from ringfence.model.recording import OwnedFiles

MAX_LEFTOVERS = 200
"""Folders of unneeded files told, the largest; test suites lie in hundreds of them."""
NAMED = 5
"""Wasted files named for one layer."""

Locate = Callable[[Mark], Location]


def leftovers(places: tuple[Place, ...], locate: Locate) -> tuple[Leftover, ...]:
    """The largest folders of unneeded files. Empty files alone are nothing to save."""
    return tuple(
        Leftover(
            kind=place.kind,
            path=f"/{place.folder}",
            files=place.files,
            size=place.size,
            at=locate(Mark(place.folder, place.layer, None)),
        )
        for place in places[:MAX_LEFTOVERS]
        if place.size
    )


def wasted(found: list[Waste], locate: Locate) -> tuple[WastedBytes, ...]:
    """The layers that later layers took something of."""
    return tuple(
        WastedBytes(
            layer=item.layer,
            deleted_files=item.deleted_files,
            deleted_bytes=item.deleted_bytes,
            replaced_files=item.replaced_files,
            replaced_bytes=item.replaced_bytes,
            largest=tuple(f"/{path} ({size:,} bytes)" for size, path in item.largest[:NAMED]),
            at=locate(Mark("", item.layer, None)),
        )
        for item in found
        if item.deleted_files or item.replaced_files
    )


def tools(tree: Tree, owned: dict[str, str], stacked: Stacked, locate: Locate) -> tuple[Tool, ...]:
    """Programs that nothing needs, with what the package weighs that each came in."""
    found = [(mark, program, owned.get(mark.path, "")) for mark, program in tree.live(Program)]
    packages = frozenset(package for _, _, package in found if package)
    weights = {item.name: sum(item.files.values()) for item in owned_files(tree, stacked, packages)}
    return tuple(
        Tool(
            path=f"/{mark.path}",
            kind=program.kind,
            size=program.size,
            package=package,
            package_bytes=weights.get(package, 0),
            at=locate(mark),
        )
        for mark, program, package in found
    )


def owned_files(tree: Tree, stacked: Stacked, only: frozenset[str] | None = None) -> tuple[OwnedFiles, ...]:
    """The files of each OS package (of `only` these) that are in the final tree, by their real path, with their sizes.

    What has no bytes of its own (links, folders) is left out.
    """
    links = Links.of(tree)
    by_package: dict[str, dict[str, None]] = {}
    for package, path in ownership.listed(tree):
        if only is None or package in only:
            by_package.setdefault(package, {})[links.real(path)] = None
    sizes = stacked.sizes_of(path for paths in by_package.values() for path in paths)
    return tuple(
        OwnedFiles(name=package, files={f"/{path}": sizes[path] for path in paths if sizes.get(path)})
        for package, paths in sorted(by_package.items())
    )
