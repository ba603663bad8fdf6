"""`/proc/PID/uid_map` and `gid_map`: how the ids of a user namespace are ids outside it.

Source: user_namespaces(7), "User and group ID mappings": lines of three numbers, at most 340 of them.
"""

from ringfence.errors import LimitExceeded, Malformed
from ringfence.model.confinement import IdRange

MAX_EXTENTS = 340
"""Lines of one map since Linux 4.15 (include/linux/user_namespace.h, UID_GID_MAP_MAX_EXTENTS)."""


def parse(data: bytes) -> tuple[IdRange, ...]:
    """The ranges in file order; empty for a namespace that has no map yet. Raises `Malformed` or `LimitExceeded`."""
    lines = [line for line in data.decode("utf-8", "replace").split("\n") if line.strip()]
    if len(lines) > MAX_EXTENTS:
        raise LimitExceeded("extents of an id map", MAX_EXTENTS)
    return tuple(_range(line) for line in lines)


def inside(ranges: tuple[IdRange, ...], outside: int) -> int | None:
    """The id inside that is `outside` outside; None if the map leaves it out."""
    for item in ranges:
        if item.outside <= outside < item.outside + item.length:
            return item.inside + outside - item.outside
    return None


def _range(line: str) -> IdRange:
    words = line.split()
    if len(words) != 3 or not all(word.isascii() and word.isdigit() and len(word) <= 10 for word in words):
        raise Malformed("id map", "a line is not three numbers")
    first, second, length = (int(word) for word in words)
    return IdRange(inside=first, outside=second, length=length)
