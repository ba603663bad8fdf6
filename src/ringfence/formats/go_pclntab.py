"""The functions of a program built by Go, by the names in its line table: those linked in, and those inlined into others.

The table is needed at run time (stack traces), so `strip` leaves it. Source: Go's runtime/symtab.go (`pcHeader`) and
debug/gosym/pclntab.go: magic by version, then offsets of the names and of what follows them. Tables before Go 1.16 keep no
names in one piece and are not read.
"""

import re
import zlib
from array import array
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator

from ringfence.errors import LimitExceeded, Malformed

FORM = "Go line table"
MAX_BYTES = 64 * 1024 * 1024
"""Bytes of all names; Kubernetes' largest programs have some 8 MB."""
MAX_FUNCTIONS = 2_000_000
"""Functions of one program; the largest have some 200,000."""

# Offsets, in words after the eight bytes at the start, of where names begin and of where they end.
_LAYOUTS = {0xFFFFFFF1: (3, 4), 0xFFFFFFF0: (3, 4), 0xFFFFFFFA: (2, 3)}
_HEADER = re.compile(b"[\xf1\xf0\xfa]\xff\xff\xff\x00\x00[\x01\x02\x04][\x04\x08]", re.DOTALL)
_TYPES = re.compile(r"\[.*\]", re.DOTALL)


def functions(data: bytes) -> Iterator[str]:
    """The names as Go's vulnerability database writes them: `net/http.Server.Serve` for `net/http.(*Server).Serve`.

    Only little-endian programs. Raises `Malformed` where no table is found that holds together, `LimitExceeded`.
    """
    names = _names(data)
    pieces = names.split(b"\0")
    if len(pieces) > MAX_FUNCTIONS:
        raise LimitExceeded("functions of one Go program", MAX_FUNCTIONS)
    for piece in pieces:
        if piece:
            yield _plain(piece.decode("utf-8", "replace"))


def _names(data: bytes) -> bytes:
    for seen in _HEADER.finditer(data):
        at = seen.start()
        size = data[at + 7]
        first, last = _LAYOUTS[int.from_bytes(data[at : at + 4], "little")]
        words = [int.from_bytes(data[at + 8 + size * n : at + 8 + size * (n + 1)], "little") for n in (0, first, last)]
        count, begin, end = words
        # Bytes that only look like a header have offsets that lead nowhere.
        if 0 < count <= MAX_FUNCTIONS and 8 + size * last < begin < end <= len(data) - at:
            if end - begin > MAX_BYTES:
                raise LimitExceeded("bytes of the names in a Go program", MAX_BYTES)
            return data[at + begin : at + end]
    raise Malformed(FORM, "there is none that can be read")


def _plain(name: str) -> str:
    """Without what marks pointers and type arguments; `%2e` is a dot in the last part of an import path."""
    if "[" in name:
        name = _TYPES.sub("", name)
    return name.replace("(*", "").replace(")", "").replace("%2e", ".")


def fingerprint(names: Iterable[str]) -> str:
    """A set of names as text to keep: the sorted CRC-32 of each, so that 10,000 names take 53 KB.

    Two names with one sum make an absent one look present, which errs on the side of telling too much.
    """
    sums = array("I", sorted({zlib.crc32(name.encode()) for name in names}))
    return b64encode(sums.tobytes()).decode() if sums else ""


def known(kept: str) -> frozenset[int]:
    """The sums that `fingerprint` kept; none for text that it did not write."""
    try:
        raw = b64decode(kept, validate=True)
    except ValueError:
        return frozenset()
    return frozenset(array("I", raw[: len(raw) // 4 * 4]))


def among(name: str, sums: frozenset[int]) -> bool:
    """Whether a name is one of a kept set."""
    return zlib.crc32(name.encode()) in sums
