"""Files that are read again when they change: their state is asked for often and must cost little."""

import os
from dataclasses import dataclass

from ringfence.errors import LimitExceeded, Unavailable, UnreadableInput
from ringfence.io.rooted import Rooted

MAX_FILES = 20_000
"""Files of one set."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as it was when it was looked at; two that are equal have the same content, as far as a clock can tell."""

    path: str
    size: int
    modified: int
    inode: int


def look(paths: tuple[str, ...], endings: tuple[str, ...]) -> tuple[Seen, ...]:
    """The files named, and those in the folders named (not below) that have one of the endings, sorted.

    Hidden names are passed over: a mounted ConfigMap keeps its older versions under them. Raises `UnreadableInput`.
    """
    found: dict[str, Seen] = {}
    for path in paths:
        try:
            names = [path] if not os.path.isdir(path) else [os.path.join(path, name) for name in sorted(os.listdir(path))]
            for name in names:
                hidden = name != path and os.path.basename(name).startswith(".")
                if hidden or (name != path and not name.endswith(endings)) or os.path.isdir(name):
                    continue
                about = os.stat(name)
                found[name] = Seen(name, about.st_size, about.st_mtime_ns, about.st_ino)
        except OSError as cause:
            raise UnreadableInput(cause.strerror or str(cause), where=path, mend="check the path") from cause
        if len(found) > MAX_FILES:
            raise LimitExceeded("files of one set", MAX_FILES, where=path)
    return tuple(found.values())


def read(seen: Seen, limit: int) -> bytes:
    """The bytes of a file that was seen. Raises `UnreadableInput`, `LimitExceeded`."""
    folder, name = os.path.split(os.path.realpath(seen.path))
    try:
        return Rooted(folder).read(name, limit)
    except LimitExceeded as fault:
        raise LimitExceeded(fault.limit, fault.allowed, where=seen.path) from fault
    except Unavailable as fault:
        raise UnreadableInput(fault.wrong, where=seen.path) from fault
