"""Which release a kernel image is: a bzImage tells in its header, a vmlinux in the banner it prints when it starts.

Source: Linux Documentation/arch/x86/boot.rst (`kernel_version`, protocol 2.00) and init/version.c (`linux_banner`).
"""

import re

from ringfence.errors import Malformed

MAGIC_AT, MAGIC = 0x202, b"HdrS"
POINTER_AT = 0x20E
"""Offset, less 0x200, of the release as text ended by NUL."""
BANNER = re.compile(rb"Linux version (\d+\.\d+[\w.+~-]{0,80}) ")
RELEASE = re.compile(rb"(\d+\.\d+[\w.+~-]{0,80})[ \0]")


def release(data: bytes) -> str:
    """The release (`6.1.62`). Raises `Malformed` if the image tells none."""
    if data[MAGIC_AT : MAGIC_AT + 4] == MAGIC:
        at = int.from_bytes(data[POINTER_AT : POINTER_AT + 2], "little") + 0x200
        told = RELEASE.match(data, at, at + 128)
    else:
        told = BANNER.search(data)
    if told is None:
        raise Malformed("kernel image", "it names no release")
    return told[1].decode("ascii", "replace")
