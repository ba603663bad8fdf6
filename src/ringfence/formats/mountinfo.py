r"""`/proc/PID/mountinfo`: the mounts a process sees.

Source: proc_pid_mountinfo(5). Space, tab, newline and backslash in a path are written as octal escapes (`\040`).
"""

import re
from collections.abc import Sequence

from ringfence.errors import LimitExceeded, Malformed
from ringfence.model.fact import Fact

MAX_MOUNTS = 100_000
"""Mounts in one namespace; fs.mount-max of the kernel is 100,000 by default."""

_ESCAPE = re.compile(r"\\([0-7]{3})")


class MountPoint(Fact):
    """A mount. `root` is the directory of the file system that shows at `point`; `device` is `major:minor`.

    `options` are of this mount, `super_options` of the file system; `source` is what the file system itself says.
    `propagation` is `private`, `shared`, `slave`, `shared,slave` or `unbindable`.
    """

    device: str
    root: str
    point: str
    options: tuple[str, ...]
    kind: str
    source: str
    super_options: tuple[str, ...]
    propagation: str = "private"

    @property
    def read_only(self) -> bool:
        """Whether nothing can be written through this mount."""
        return "ro" in self.options or "ro" in self.super_options


def parse(data: bytes) -> tuple[MountPoint, ...]:
    """The mounts in file order, later ones on top. Raises `Malformed` for a line that is none, `LimitExceeded`."""
    found: list[MountPoint] = []
    # Paths are bytes; surrogateescape would not survive JSON, so what is not UTF-8 is replaced.
    for line in data.decode("utf-8", "replace").split("\n"):
        if not line:
            continue
        if len(found) >= MAX_MOUNTS:
            raise LimitExceeded("mounts of one namespace", MAX_MOUNTS)
        found.append(_mount(line))
    return tuple(found)


def mounted_at(mounts: Sequence[MountPoint], point: str) -> MountPoint | None:
    """The topmost mount at exactly `point`."""
    return next((item for item in reversed(mounts) if item.point == point), None)


def _mount(line: str) -> MountPoint:
    before, dash, after = line.partition(" - ")
    head, tail = before.split(" "), after.split(" ")
    if not dash or len(head) < 6 or len(tail) < 3:
        raise Malformed("mountinfo file", "a line has too few fields")
    tags = {word.partition(":")[0] for word in head[6:]}
    kinds = [name for tag, name in (("shared", "shared"), ("master", "slave"), ("unbindable", "unbindable")) if tag in tags]
    return MountPoint(
        device=head[2],
        root=_unescaped(head[3]).removesuffix("//deleted"),
        point=_unescaped(head[4]),
        options=tuple(head[5].split(",")),
        kind=tail[0],
        source=_unescaped(tail[1]),
        super_options=tuple(tail[2].split(",")),
        propagation=",".join(kinds) or "private",
    )


def _unescaped(word: str) -> str:
    return _ESCAPE.sub(lambda matched: chr(int(matched.group(1), 8)), word)
