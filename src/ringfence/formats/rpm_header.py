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
OLD_FILE_NAMES, DIR_INDEXES, BASE_NAMES, DIR_NAMES = 1027, 1116, 1117, 1118
_INT32, _STRING, _STRING_ARRAY, _I18N = 4, 6, 8, 9


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
    count, size = _counts(data)
    store = 8 + count * 16
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


def files(data: bytes) -> tuple[str, ...]:
    """The paths of a package's files. Raises `Malformed`, `LimitExceeded`."""
    count, size = _counts(data)
    store = 8 + count * 16
    texts: dict[int, list[str]] = {}
    folders: tuple[int, ...] = ()
    for index in range(count):
        tag, kind, offset, number = struct.unpack_from(">IIII", data, 8 + index * 16)
        if tag not in (OLD_FILE_NAMES, DIR_INDEXES, BASE_NAMES, DIR_NAMES):
            continue
        if number > MAX_FILES:
            raise LimitExceeded("files of an RPM package", MAX_FILES)
        if kind == _STRING_ARRAY and offset < size:
            found = data[store + offset : store + size].split(b"\0", number)[:number]
            texts[tag] = [text.decode("utf-8", "backslashreplace") for text in found]
        elif kind == _INT32 and offset + 4 * number <= size:
            folders = struct.unpack_from(f">{number}I", data, store + offset)
    names, places = texts.get(BASE_NAMES, []), texts.get(DIR_NAMES, [])
    if len(folders) != len(names) or any(folder >= len(places) for folder in folders):
        raise Malformed("RPM header", "its files lie in folders it does not have")
    return (
        *texts.get(OLD_FILE_NAMES, []),
        *(f"{places[folder]}{name}" for folder, name in zip(folders, names, strict=True)),
    )


def _counts(data: bytes) -> tuple[int, int]:
    """Of index entries, and of bytes of the store."""
    if len(data) < 8:
        raise Malformed("RPM header", "it is shorter than its counts")
    count, size = struct.unpack_from(">II", data)
    if count > MAX_ENTRIES:
        raise LimitExceeded("index entries of an RPM header", MAX_ENTRIES)
    if 8 + count * 16 + size > len(data):
        raise Malformed("RPM header", "it is shorter than its counts say")
    return count, size
