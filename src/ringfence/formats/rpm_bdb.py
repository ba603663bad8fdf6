"""RPM's older database `Packages`: a hash of Berkeley DB, its values large enough to lie on pages of their own.

Source: Berkeley DB 5.3, src/dbinc/db_page.h: metadata page (`DBMETA`, `HMETA`), page header of 26 bytes, `P_HASH` (13) and
the older `P_HASH_UNSORTED` (2) with offsets in pairs of key and value, `H_OFFPAGE` (3), `P_OVERFLOW` (7).
"""

import struct
from collections.abc import Iterator

from ringfence.errors import LimitExceeded, Malformed

MAX_PAGES = 1_000_000
"""Pages of one database."""
MAX_VALUE_BYTES = 64 * 1024 * 1024
"""Bytes of one header."""

_MAGIC = 0x00061561
_HASH_PAGES = (2, 13)
_OVERFLOW, _OFF_PAGE, _PLAIN = 7, 3, 1


def headers(data: bytes) -> Iterator[bytes]:
    """Each package's header. Raises `Malformed`, `LimitExceeded`."""
    mark = _order(data)
    size = struct.unpack_from(f"{mark}I", data, 20)[0]
    last = struct.unpack_from(f"{mark}I", data, 32)[0]
    if size not in (512, 1024, 2048, 4096, 8192, 16384, 32768, 65536):
        raise Malformed("Berkeley DB", f"pages of {size} bytes")
    if last > MAX_PAGES:
        raise LimitExceeded("pages of a Berkeley DB", MAX_PAGES)
    for number in range(1, min(last, len(data) // size - 1) + 1):
        page = data[number * size : (number + 1) * size]
        entries, kind = struct.unpack_from(f"{mark}H", page, 20)[0], page[25]
        if kind not in _HASH_PAGES:
            continue
        if 26 + entries * 2 > size:
            raise Malformed("Berkeley DB", f"page {number} has more entries than room")
        offsets = struct.unpack_from(f"{mark}{entries}H", page, 26)
        for at in offsets[1::2]:
            if at < size and page[at] == _OFF_PAGE and at + 12 <= size:
                first, length = struct.unpack_from(f"{mark}II", page, at + 4)
                yield _value(data, mark, size, (first, length))


def _order(data: bytes) -> str:
    if len(data) >= 512:
        for mark in "<>":
            if struct.unpack_from(f"{mark}I", data, 12)[0] == _MAGIC:
                return mark
    raise Malformed("Berkeley DB", "it is no hash")


def _value(data: bytes, mark: str, size: int, place: tuple[int, int]) -> bytes:
    number, length = place
    if length > MAX_VALUE_BYTES:
        raise LimitExceeded("bytes of one RPM header", MAX_VALUE_BYTES)
    found = bytearray()
    for _ in range(length // (size - 26) + 2):
        page = data[number * size : (number + 1) * size]
        if not number or len(page) < size or page[25] != _OVERFLOW:
            break
        following, here = struct.unpack_from(f"{mark}I", page, 16)[0], struct.unpack_from(f"{mark}H", page, 22)[0]
        found += page[26 : 26 + here]
        number = following
    if len(found) < length:
        raise Malformed("Berkeley DB", "a value is cut short")
    return bytes(found[:length])
