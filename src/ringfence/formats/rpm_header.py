"""One package's header in an RPM database.

Source: rpm's "Package format v4", section "Header": two counts, an index of (tag, type, offset, count) in network byte
order, and a store; lib/rpmtag.h for the numbers.
"""

import struct

from ringfence.errors import LimitExceeded, Malformed
from ringfence.model.fact import Fact

MAX_ENTRIES = 65_535
"""Index entries of one header (rpm's own `hdrchkTags`)."""
MAX_FILES = 1_000_000
"""Files of one package."""

NAME, VERSION, RELEASE, EPOCH, LICENCE, ARCH, SOURCE_RPM = 1000, 1001, 1002, 1003, 1014, 1022, 1044
_INT32, _STRING, _I18N = 4, 6, 9


class RpmPackage(Fact):
    """An installed package. `epoch` is None where the header has none, which is not the same as 0 for its source."""

    name: str
    version: str
    release: str
    arch: str
    licence: str
    source_rpm: str
    epoch: int | None = None

    @property
    def evr(self) -> str:
        """`[EPOCH:]VERSION-RELEASE`."""
        plain = f"{self.version}-{self.release}"
        return f"{self.epoch}:{plain}" if self.epoch else plain

    @property
    def source(self) -> tuple[str, str]:
        """Name and VERSION-RELEASE of the source package; empty if it is not told (`glibc-2.38-10.src.rpm`)."""
        stem = self.source_rpm.removesuffix(".src.rpm").removesuffix(".nosrc.rpm")
        rest, _, release = stem.rpartition("-")
        name, _, version = rest.rpartition("-")
        return (name, f"{version}-{release}") if name and version and release else ("", "")


def parse(data: bytes) -> RpmPackage | None:
    """The package of a header; None for a public key that rpm keeps as a package. Raises `Malformed`, `LimitExceeded`."""
    if len(data) < 8:
        raise Malformed("RPM header", "it is shorter than its counts")
    count, size = struct.unpack_from(">II", data)
    if count > MAX_ENTRIES:
        raise LimitExceeded("index entries of an RPM header", MAX_ENTRIES)
    store = 8 + count * 16
    if store + size > len(data):
        raise Malformed("RPM header", "it is shorter than its counts say")
    wanted = {NAME, VERSION, RELEASE, EPOCH, LICENCE, ARCH, SOURCE_RPM}
    texts: dict[int, str] = {}
    epoch: int | None = None
    for index in range(count):
        tag, kind, offset, _ = struct.unpack_from(">IIII", data, 8 + index * 16)
        if tag not in wanted or offset >= size:
            continue
        if kind == _INT32 and offset + 4 <= size:
            epoch = struct.unpack_from(">I", data, store + offset)[0]
        elif kind in (_STRING, _I18N):
            end = data.find(b"\0", store + offset, store + size)
            texts[tag] = data[store + offset : end if end >= 0 else store + size].decode("utf-8", "replace")
    name = texts.get(NAME, "")
    if name == "gpg-pubkey":
        return None
    if not name or not texts.get(VERSION) or not texts.get(RELEASE):
        raise Malformed("RPM header", "it has no name, version or release")
    return RpmPackage(
        name=name,
        version=texts[VERSION],
        release=texts[RELEASE],
        arch=texts.get(ARCH, ""),
        licence=texts.get(LICENCE, ""),
        source_rpm=texts.get(SOURCE_RPM, ""),
        epoch=epoch,
    )
