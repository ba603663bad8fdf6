"""Standard input, read whole and no further than a limit."""

import io
import sys
import tempfile
from functools import cache
from typing import IO

from ringfence.errors import LimitExceeded, Unavailable

WHERE = "standard input"
CHUNK = 1024 * 1024
"""Bytes taken at a time."""

_kept: list[IO[bytes]] = []


@cache
def spooled(limit: int) -> str:
    """A path at which all of standard input can be read as a file, for as long as this process lives; it has no other name.

    Raises `LimitExceeded` past `limit`, `Unavailable` if it is a terminal or cannot be kept.
    """
    try:
        if sys.stdin is None or sys.stdin.isatty():
            raise Unavailable("is a terminal: nothing is piped in", where=WHERE, mend="pipe an archive into it")
        file = tempfile.TemporaryFile(prefix="ringfence-")  # noqa: SIM115 - open as long as we live
        _kept.append(file)
        taken = 0
        while chunk := sys.stdin.buffer.read(CHUNK):
            taken += len(chunk)
            if taken > limit:
                raise LimitExceeded("bytes of standard input", limit, where=WHERE)
            file.write(chunk)
        file.flush()
    except (OSError, ValueError) as cause:
        raise Unavailable(str(cause), where=WHERE, mend="free disk space, or set TMPDIR") from cause
    return f"/proc/self/fd/{file.fileno()}"


def read(limit: int) -> bytes:
    """All bytes of standard input. Raises `LimitExceeded` past `limit`, `Unavailable` if it is closed or a terminal."""
    try:
        if sys.stdin is None or sys.stdin.isatty():
            raise Unavailable("is a terminal: nothing is piped in", where=WHERE, mend="pipe manifests into it")
        data = sys.stdin.buffer.read(limit + 1)
    except (OSError, ValueError) as cause:
        raise Unavailable(str(cause), where=WHERE) from cause
    if len(data) > limit:
        raise LimitExceeded("bytes of standard input", limit, where=WHERE)
    return data


def peek() -> bytes:
    """What can be seen of its beginning without taking it; empty if there is nothing or it is closed."""
    try:
        buffer = None if sys.stdin is None or sys.stdin.isatty() else sys.stdin.buffer
        return buffer.peek() if isinstance(buffer, io.BufferedReader) else b""
    except (OSError, ValueError):
        return b""
