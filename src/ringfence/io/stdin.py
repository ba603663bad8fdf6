"""Standard input, read whole and no further than a limit."""

import sys

from ringfence.errors import LimitExceeded, Unavailable

WHERE = "standard input"


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
