"""Folders under other names: what symbolic links of the final tree make of a path, never leaving the root."""

from ringfence.layers.image.collect.reading.layer_record import Link
from ringfence.layers.image.collect.reading.tree import Tree

MAX_LINKS = 40
"""Links followed for one path, as the kernel does (MAXSYMLINKS); beyond, the path is taken as it is."""


class Links:
    """The links of a tree where folders are linked."""

    def __init__(self, tree: Tree) -> None:
        self._targets = {mark.path: link.target for mark, link in tree.live(Link)}
        self._folders: dict[str, str] = {}

    def real(self, path: str) -> str:
        """The path with links in its folders followed, relative to the root."""
        folder, _, name = path.strip("/").rpartition("/")
        known = self._folders.get(folder)
        if known is None:
            known = self._folders[folder] = self._followed(folder)
        return f"{known}/{name}" if known else name

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
