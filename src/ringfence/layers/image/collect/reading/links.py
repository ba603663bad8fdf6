"""Folders under other names: what symbolic links of the final tree make of a path, never leaving the root."""

from collections.abc import Iterable, Iterator
from typing import Self

from ringfence.layers.image.collect.reading.layer_record import Link
from ringfence.layers.image.collect.reading.tree import Tree

MAX_LINKS = 40
"""Links followed for one path, as the kernel does (MAXSYMLINKS); beyond, the path is taken as it is."""
_MERGED = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
"""Folders that Debian's /usr merge made links (usrmerge; debian.org, DEP-17)."""


class Links:
    """Links by their paths and what they say, where folders are linked."""

    def __init__(self, links: Iterable[tuple[str, str]]) -> None:
        self._targets = dict(links)
        self._folders: dict[str, str] = {}
        self._named: dict[str, list[str]] | None = None

    @classmethod
    def of(cls, tree: Tree) -> Self:
        """The links of a final tree."""
        return cls((mark.path, link.target) for mark, link in tree.live(Link))

    def real(self, path: str) -> str:
        """The path with links in its folders followed, relative to the root."""
        folder, _, name = path.strip("/").rpartition("/")
        known = self._folders.get(folder)
        if known is None:
            known = self._folders[folder] = self._followed(folder)
        return f"{known}/{name}" if known else name

    def other_names(self, path: str) -> Iterator[str]:
        """What the file at a real path is also called, by the links that lead to one of its folders."""
        if self._named is None:
            self._named = {}
            for link in self._targets:
                self._named.setdefault(self._followed(link), []).append(link)
            if not self._targets:  # a tree whose links are not known, such as that of a layer alone
                self._named = {f"usr/{name}": [name] for name in _MERGED}
        for index, char in enumerate(path):
            if char == "/":
                for link in self._named.get(path[:index], ()):
                    yield f"{link}{path[index:]}"

    def _followed(self, folder: str) -> str:
        pending = [part for part in folder.split("/") if part not in ("", ".")][::-1]
        done: list[str] = []
        links = 0
        while pending:
            part = pending.pop()
            if part == "..":
                done = done[:-1]
                continue
            target = self._targets.get("/".join((*done, part)))
            if target is None:
                done.append(part)
                continue
            links += 1
            if links > MAX_LINKS:
                return folder
            done = [] if target.startswith("/") else done
            pending.extend([name for name in target.split("/") if name not in ("", ".")][::-1])
        return "/".join(done)
