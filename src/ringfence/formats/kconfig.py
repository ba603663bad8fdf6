"""A kernel's build configuration: `/boot/config-*` and, compressed with gzip, `/proc/config.gz`.

Source: Linux Documentation/kbuild/kconfig-language.rst and scripts/kconfig/confdata.c (what a `.config` file looks like).
"""

import re
import zlib

from ringfence.errors import LimitExceeded, Malformed

MAX_CONFIG_BYTES = 8 * 1024 * 1024
"""Bytes of an unpacked configuration; distributions' have about 280,000."""
MAX_OPTIONS = 100_000
"""Options in one configuration; Linux 6.18 knows about 20,000."""

_GZIP_MAGIC = b"\x1f\x8b"
_OPTION = re.compile(r"CONFIG_[A-Za-z0-9_]{1,200}\Z")


def parse(data: bytes) -> dict[str, str]:
    """The options that are set, by name (`CONFIG_USER_NS` -> `y`); quotes around a string are taken off.

    An option that is not set is absent. Raises `Malformed` if there is no option at all or the compression is broken,
    `LimitExceeded` past `MAX_CONFIG_BYTES` or `MAX_OPTIONS`.
    """
    text = (_unpacked(data) if data.startswith(_GZIP_MAGIC) else data).decode("utf-8", "replace")
    if len(text) > MAX_CONFIG_BYTES:
        raise LimitExceeded("bytes of a kernel configuration", MAX_CONFIG_BYTES)
    options: dict[str, str] = {}
    for line in text.split("\n"):
        name, equals, value = line.strip().partition("=")
        if not equals or not _OPTION.match(name):
            continue
        if len(options) >= MAX_OPTIONS:
            raise LimitExceeded("options of a kernel configuration", MAX_OPTIONS)
        quoted = len(value) >= 2 and value[0] == value[-1] == '"'
        options[name] = value[1:-1] if quoted else value
    if not options:
        raise Malformed("kernel configuration", "it sets no option")
    return options


def _unpacked(data: bytes) -> bytes:
    stream = zlib.decompressobj(wbits=31)
    try:
        unpacked = stream.decompress(data, MAX_CONFIG_BYTES + 1)
    except zlib.error as cause:
        raise Malformed("kernel configuration", f"its compression is broken ({cause})") from cause
    if len(unpacked) > MAX_CONFIG_BYTES:
        raise LimitExceeded("bytes of a kernel configuration", MAX_CONFIG_BYTES)
    if not stream.eof:
        raise Malformed("kernel configuration", "its compression ends too early")
    return unpacked
