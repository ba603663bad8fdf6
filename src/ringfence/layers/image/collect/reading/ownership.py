"""Which OS package owns a file: lists of files beside package databases, and what the databases say themselves."""

from collections.abc import Iterable, Iterator

from ringfence.layers.image.collect.reading.layer_record import FileList
from ringfence.layers.image.collect.reading.links import Links
from ringfence.layers.image.collect.reading.tree import Tree

_LISTS = frozenset({"var/lib/dpkg/info", "usr/lib/opkg/info", "var/lib/opkg/info", "opt/lib/opkg/info"})
"""Where dpkg and opkg keep `PACKAGE.list`."""
_SUMS = "var/lib/dpkg/status.d"
"""Where distroless keeps `PACKAGE.md5sums` in place of the lists."""


def is_list(folder: str, name: str) -> bool:
    """Whether this file is a list of a package's files."""
    return (folder in _LISTS and name.endswith(".list")) or (folder == _SUMS and name.endswith(".md5sums"))


def file_list(name: str, data: bytes) -> FileList:
    """The files that a list names: a path a line, or a digest, two blanks and a path without its slash."""
    if name.endswith(".md5sums"):
        paths = (line.split(b"  ", 1)[-1].strip() for line in data.split(b"\n") if b"  " in line)
        return FileList(package=name.removesuffix(".md5sums"), data=b"\n".join(b"/" + path for path in paths))
    return FileList(package=name.removesuffix(".list").partition(":")[0], data=data)


def file_lists(owned: Iterable[tuple[str, str]]) -> tuple[FileList, ...]:
    """Pairs of (package, path) as lists, a package each."""
    by_package: dict[str, list[str]] = {}
    for package, path in owned:
        by_package.setdefault(package, []).append(path if path.startswith("/") else f"/{path}")
    return tuple(
        FileList(package=package, data="\n".join(paths).encode("utf-8", "backslashreplace"))
        for package, paths in by_package.items()
    )


def owners(tree: Tree, paths: Iterable[str]) -> dict[str, str]:
    """The names of the packages that own `paths`, those that none owns left out.

    A list may name a file by a folder's other name: before Debian's /usr merge was complete `/bin/su` lay at `usr/bin/su`.
    """
    wanted = {path: path for path in paths}
    if not wanted:
        return {}
    links = Links.of(tree)
    for path in tuple(wanted):
        for name in links.other_names(path):
            wanted.setdefault(name, path)
    in_lists = {f"/{name}".encode("utf-8", "backslashreplace"): path for name, path in wanted.items()}
    found: dict[str, str] = {}
    for _, files in tree.live(FileList):
        for line in in_lists.keys() & set(files.data.split(b"\n")):
            found.setdefault(in_lists[line], files.package)
    return found


def listed(tree: Tree) -> Iterator[tuple[str, str]]:
    """Each file of each list, by the package that owns it; the path relative to the root."""
    for _, files in tree.live(FileList):
        lines = files.data.decode("utf-8", "backslashreplace").split("\n")
        yield from ((files.package, line.strip("/")) for line in lines if line)
