"""The `security.capability` extended attribute: capabilities a program gets by being executed.

Source: include/uapi/linux/capability.h, `struct vfs_cap_data` and `struct vfs_ns_cap_data`; capabilities(7).
"""

import struct

from ringfence.errors import Malformed
from ringfence.model.fact import Fact

_REVISIONS = {0x01000000: 12, 0x02000000: 20, 0x03000000: 24}
_EFFECTIVE = 0x000001


class FileCapability(Fact):
    """Masks by capability number. `effective` says that the permitted ones are in force at once."""

    permitted: int
    inheritable: int
    effective: bool


def parse(data: bytes) -> FileCapability:
    """The attribute's value. Raises `Malformed` for an unknown revision or a wrong length."""
    if len(data) < 4:
        raise Malformed("file capability", "it is shorter than its first word")
    (magic,) = struct.unpack_from("<I", data)
    length = _REVISIONS.get(magic & 0xFF000000)
    if length is None or len(data) != length:
        raise Malformed("file capability", f"revision {magic >> 24} with {len(data)} bytes is none that Linux knows")
    words = struct.unpack_from("<2I" if length == 12 else "<4I", data, 4)
    permitted, inheritable = words[0], words[1]
    if length > 12:
        permitted |= words[2] << 32
        inheritable |= words[3] << 32
    return FileCapability(permitted=permitted, inheritable=inheritable, effective=bool(magic & _EFFECTIVE))
