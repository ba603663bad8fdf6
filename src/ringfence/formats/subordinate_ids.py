"""`/etc/subuid` and `/etc/subgid`: which ids a user may map into his user namespaces. Source: subuid(5)."""

from ringfence.errors import LimitExceeded, Malformed

MAX_BYTES = 4 * 1024 * 1024
"""Bytes of one file; ten thousand users take some 300,000."""


def parse(data: bytes) -> tuple[tuple[str, int, int], ...]:
    """Owner, first id and count of each line. Raises `Malformed` for a line of another form, `LimitExceeded`."""
    if len(data) > MAX_BYTES:
        raise LimitExceeded("bytes of a file of subordinate ids", MAX_BYTES)
    found: list[tuple[str, int, int]] = []
    for number, raw in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        fields = line.split(":")
        if len(fields) != 3 or not all(word.isascii() and word.isdecimal() and len(word) < 11 for word in fields[1:]):
            raise Malformed("file of subordinate ids", f"line {number} is not OWNER:FIRST:COUNT")
        found.append((fields[0], int(fields[1]), int(fields[2])))
    return tuple(found)
