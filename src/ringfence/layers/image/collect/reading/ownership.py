"""Which OS package owns a file: dpkg's lists of files, apk's database."""

from collections.abc import Iterable

from ringfence.formats import apk
from ringfence.layers.image.collect.reading.layer_record import FileList
from ringfence.layers.image.collect.reading.tree import Tree

_MERGED = ("usr/bin/", "usr/sbin/", "usr/lib/", "usr/lib32/", "usr/lib64/", "usr/libx32/")


def owners(tree: Tree, paths: Iterable[str]) -> dict[str, str]:
    """The names of the packages that own `paths`, those that none owns left out.

    Before Debian's /usr merge was complete its lists said `/bin/su` for what lies at `usr/bin/su`: both names count.
    """
    wanted: dict[str, str] = {}
    for path in paths:
        wanted[path] = path
        if path.startswith(_MERGED):
            wanted.setdefault(path[len("usr/") :], path)
    if not wanted:
        return {}
    in_lists = {f"/{name}".encode("utf-8", "backslashreplace"): path for name, path in wanted.items()}
    found: dict[str, str] = {}
    for _, files in tree.live(FileList):
        if files.package:
            for line in in_lists.keys() & set(files.data.split(b"\n")):
                found.setdefault(in_lists[line], files.package)
        else:
            for package, name in apk.owned_files(files.data):
                if name in wanted:
                    found.setdefault(wanted[name], package)
    return found
