"""ELF files: only where their sections and segments lie, and what bytes are at an address.

Source: System V ABI, chapter 4 and 5 (gabi 4.1); /usr/include/elf.h.
"""

import struct
from collections.abc import Iterator

from ringfence.errors import LimitExceeded, Malformed
from ringfence.model.fact import Fact

MAX_ENTRIES = 65_535
"""Sections or segments of one file: what the header's 16 bits can say."""

WRITABLE = 2
"""The flag PF_W of a segment."""
LOADED = 1
"""The segment type PT_LOAD."""


class Section(Fact):
    """A section: its name, its address in memory, and its place in the file."""

    name: str
    address: int
    offset: int
    size: int


class Segment(Fact):
    """A loaded segment: its address in memory, its place in the file, and its flags."""

    address: int
    offset: int
    size: int
    flags: int


class ElfFile(Fact):
    """The frame of a file. `pointer` is the size of an address in bytes, `order` Python's name of the byte order."""

    pointer: int
    order: str
    sections: tuple[Section, ...]
    segments: tuple[Segment, ...]

    def section(self, name: str) -> Section | None:
        """The first section of that name."""
        return next((item for item in self.sections if item.name == name), None)

    def at(self, data: bytes, address: int, size: int) -> bytes:
        """`size` bytes at an address in memory. Raises `Malformed` if the file has none there."""
        for segment in self.segments:
            inside = address - segment.address
            if inside >= 0 and inside + size <= segment.size:
                return data[segment.offset + inside : segment.offset + inside + size]
        raise Malformed("ELF file", f"nothing is at address {address:#x}")


def parse(data: bytes) -> ElfFile:
    """The frame of an ELF file. Raises `Malformed` for anything else, `LimitExceeded` for tables beyond reason."""
    if len(data) < 52 or data[:4] != b"\x7fELF" or data[4] not in (1, 2) or data[5] not in (1, 2):
        raise Malformed("ELF file", "it has no ELF header")
    wide, mark = data[4] == 2, "<" if data[5] == 1 else ">"
    try:
        return _parse(data, wide=wide, mark=mark)
    except struct.error as cause:
        raise Malformed("ELF file", str(cause)) from cause


def _parse(data: bytes, *, wide: bool, mark: str) -> ElfFile:
    # e_phoff, e_shoff, e_flags, e_ehsize, e_phentsize, e_phnum, e_shentsize, e_shnum, e_shstrndx
    header = struct.unpack_from(mark + ("QQIHHHHHH" if wide else "IIIHHHHHH"), data, 32 if wide else 28)
    segments_at, sections_at, _, _, segment_size, segment_count, section_size, section_count, names = header
    segments = tuple(_segments(data, (segments_at, segment_size, segment_count), mark, wide=wide))
    rows = list(_rows(data, (sections_at, section_size, section_count), mark + ("IIQQQQ" if wide else "IIIIII")))
    strings = b""
    if names < len(rows):
        strings = data[rows[names][4] : rows[names][4] + rows[names][5]]
    sections = tuple(
        Section(name=_name(strings, row[0]), address=row[3], offset=row[4], size=row[5]) for row in rows if row[1] != 8
    )
    return ElfFile(pointer=8 if wide else 4, order="little" if mark == "<" else "big", sections=sections, segments=segments)


def _segments(data: bytes, table: tuple[int, int, int], mark: str, *, wide: bool) -> Iterator[Segment]:
    for row in _rows(data, table, mark + ("IIQQQQ" if wide else "IIIIIII")):
        kind, address, offset, size = (
            row[0],
            row[3] if wide else row[2],
            row[2] if wide else row[1],
            row[5] if wide else row[4],
        )
        if kind == LOADED and offset + size <= len(data):
            yield Segment(address=address, offset=offset, size=size, flags=row[1] if wide else row[6])


def _rows(data: bytes, table: tuple[int, int, int], form: str) -> Iterator[tuple[int, ...]]:
    at, size, count = table
    if count > MAX_ENTRIES:
        raise LimitExceeded("entries of an ELF table", MAX_ENTRIES)
    if count and size < struct.calcsize(form):
        raise Malformed("ELF file", "a table's entries are too short")
    for index in range(count if at else 0):
        yield struct.unpack_from(form, data, at + index * size)


def _name(strings: bytes, at: int) -> str:
    end = strings.find(b"\0", at)
    return strings[at : end if end >= 0 else len(strings)][:256].decode("utf-8", "replace")
