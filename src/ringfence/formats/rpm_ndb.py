"""RPM's own database `Packages.db` ("ndb"): slots that say where each package's header lies.

Source: rpm, lib/backend/ndb/rpmpkg.c: pages of 4,096 bytes, the first of them with a header of 32 bytes; slots of 16 bytes
(`Slot`, package, block offset, block count); blocks of 16 bytes, a blob begins with a head of 16 (`BlbS`, package,
generation, length).
"""

import struct
from collections.abc import Iterator

from ringfence.errors import LimitExceeded, Malformed

MAX_SLOT_PAGES = 2_048
"""Pages of slots: half a million packages."""

_PAGE, _BLOCK, _HEAD = 4096, 16, 16


def headers(data: bytes) -> Iterator[bytes]:
    """Each package's header. Raises `Malformed`, `LimitExceeded`."""
    if len(data) < 32 or data[:4] != b"RpmP":
        raise Malformed("RPM ndb", "it does not begin as one")
    pages = struct.unpack_from("<I", data, 12)[0]
    if pages > MAX_SLOT_PAGES:
        raise LimitExceeded("pages of slots of an RPM ndb", MAX_SLOT_PAGES)
    for at in range(32, min(pages * _PAGE, len(data) - 15), 16):
        magic, package, offset, _ = struct.unpack_from("<4sIII", data, at)
        if magic != b"Slot" or not package:
            continue
        start = offset * _BLOCK
        if start + _HEAD > len(data):
            raise Malformed("RPM ndb", f"package {package} lies beyond the file")
        head, owner, _, length = struct.unpack_from("<4sIII", data, start)
        if head != b"BlbS" or owner != package or start + _HEAD + length > len(data):
            raise Malformed("RPM ndb", f"package {package} has no blob where its slot says")
        yield data[start + _HEAD : start + _HEAD + length]
