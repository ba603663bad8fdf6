"""An ELF file as the analysis wants it: functions, what it imports and exports, which pointers lie in its data.

Source: System V ABI and its x86-64 supplement; the Go runtime's symtab.go for `.gopclntab`; RELR: gabi proposal of 2018.
"""

import io
import struct
from bisect import bisect_right
from dataclasses import dataclass, field

from elftools.common.exceptions import DWARFError, ELFError
from elftools.dwarf.callframe import FDE
from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile
from elftools.elf.relocation import Relocation, RelocationSection
from elftools.elf.sections import Section, SymbolTableSection
from elftools.elf.segments import InterpSegment

from ringfence.errors import LimitExceeded, Malformed

MAX_BYTES = 512 * 1024 * 1024
"""Most of one program's file."""
MAX_SYMBOLS = 2_000_000
MAX_POINTERS = 5_000_000
_X86_64 = "EM_X86_64"
_EXECUTABLE, _ALLOCATED = 4, 2
_ABSOLUTE, _COPY, _GLOBAL_DATA, _JUMP_SLOT, _RELATIVE, _IRELATIVE = 1, 5, 6, 7, 8, 37
"""Relocations of x86-64: R_X86_64_64, _COPY, _GLOB_DAT, _JUMP_SLOT, _RELATIVE, _IRELATIVE."""
_GO_TABLES = (0xFFFFFFF0, 0xFFFFFFF1)
"""Magic numbers of `.gopclntab` since Go 1.18 and 1.20."""
_BROKEN = (
    ELFError, DWARFError, struct.error, ValueError, KeyError, IndexError, AssertionError, TypeError, AttributeError,
    OverflowError, EOFError, RecursionError,
)  # fmt: skip
"""What pyelftools raises at files that are not what they say."""


@dataclass(slots=True)
class Module:
    """One file. Addresses are those of the file itself, before it is loaded anywhere."""

    path: str
    entry: int = 0
    fixed: bool = False
    """Loaded where it says (ET_EXEC): constants can be addresses."""
    interpreter: str = ""
    needed: list[str] = field(default_factory=list)
    code: list[tuple[int, bytes]] = field(default_factory=list)
    """Executable sections: address and bytes."""
    stubs: list[tuple[int, int]] = field(default_factory=list)
    """Where the procedure linkage table lies."""
    names: dict[int, str] = field(default_factory=dict)
    exports: dict[str, int] = field(default_factory=dict)
    sizes: dict[int, int] = field(default_factory=dict)
    slots: dict[int, str] = field(default_factory=dict)
    """Places that the loader fills with the address of an imported name."""
    pointers: dict[int, int] = field(default_factory=dict)
    """Places in data that hold an address of this file."""
    copies: set[str] = field(default_factory=set)
    """Objects of other files that are copied into this one."""
    begin: list[int] = field(default_factory=list)
    """Functions the loader calls."""
    starts: list[int] = field(default_factory=list)
    """Where functions start, in order."""

    def in_code(self, address: int) -> bool:
        """Whether an address is in an executable section."""
        return any(base <= address < base + len(data) for base, data in self.code)

    def start_of(self, address: int) -> int:
        """The start of the function an address is in."""
        at = bisect_right(self.starts, address) - 1
        return self.starts[at] if at >= 0 else address


def load(path: str, data: bytes) -> Module:
    """The module in the bytes of a file. Raises `Malformed` for what is no x86-64 ELF file, `LimitExceeded`."""
    if len(data) > MAX_BYTES:
        raise LimitExceeded("bytes of a program", MAX_BYTES, where=path)
    try:
        return _load(path, data)
    except _BROKEN as cause:
        raise Malformed("ELF file", str(cause)[:200] or type(cause).__name__, where=path) from cause


def _load(path: str, data: bytes) -> Module:
    elf = ELFFile(io.BytesIO(data))
    if elf["e_machine"] != _X86_64:
        raise Malformed("ELF file", f"the analysis reads x86-64 only, this is {elf['e_machine']}", where=path)
    sections = list(elf.iter_sections())
    module = Module(path=path, entry=elf["e_entry"], fixed=elf["e_type"] == "ET_EXEC")
    for segment in elf.iter_segments():
        if isinstance(segment, InterpSegment):
            module.interpreter = segment.get_interp_name()
    for section in sections:
        if section["sh_type"] == "SHT_PROGBITS" and section["sh_flags"] & _EXECUTABLE:
            module.code.append((section["sh_addr"], section.data()))
        if section.name.startswith(".plt"):
            module.stubs.append((section["sh_addr"], section["sh_addr"] + section["sh_size"]))
        if isinstance(section, DynamicSection):
            _dynamic(module, section)
        if isinstance(section, SymbolTableSection):
            _symbols(module, section)
    starts = {*module.names, *_frames(elf), *_go_functions(module, elf), module.entry}
    _relocations(module, elf, sections, data)
    _initialisers(module, sections)
    module.starts = sorted(start for start in starts | set(module.begin) if module.in_code(start))
    return module


def _dynamic(module: Module, section: DynamicSection) -> None:
    for tag in section.iter_tags():
        if tag.entry.d_tag == "DT_NEEDED":
            module.needed.append(tag.needed)  # type: ignore[attr-defined]  # pyelftools sets it for this kind of tag
        elif tag.entry.d_tag in ("DT_INIT", "DT_FINI") and tag.entry.d_val:
            module.begin.append(tag.entry.d_val)


def _symbols(module: Module, section: SymbolTableSection) -> None:
    if section.num_symbols() > MAX_SYMBOLS:
        raise LimitExceeded("symbols of a program", MAX_SYMBOLS, where=module.path)
    dynamic = section.name == ".dynsym"
    for symbol in section.iter_symbols():
        kind, value = symbol["st_info"]["type"], symbol["st_value"]
        if symbol["st_shndx"] == "SHN_UNDEF" or not value:
            continue
        if kind in ("STT_FUNC", "STT_LOOS", "STT_GNU_IFUNC", "STT_NOTYPE"):
            module.names[value] = symbol.name
        elif kind == "STT_OBJECT":
            module.sizes[value] = max(symbol["st_size"], module.sizes.get(value, 0))
        if dynamic and kind != "STT_SECTION":
            module.exports.setdefault(symbol.name, value)


def _frames(elf: ELFFile) -> set[int]:
    """Functions by the tables for unwinding, which stripped files keep."""
    if elf.get_section_by_name(".eh_frame") is None:
        return set()
    entries = elf.get_dwarf_info(relocate_dwarf_sections=False).EH_CFI_entries()
    return {entry.header["initial_location"] for entry in entries if isinstance(entry, FDE)}


def _go_functions(module: Module, elf: ELFFile) -> set[int]:
    table = elf.get_section_by_name(".gopclntab") or elf.get_section_by_name(".data.rel.ro.gopclntab")
    text = elf.get_section_by_name(".text")
    if table is None or text is None:
        return set()
    data = table.data()
    if struct.unpack_from("<I", data)[0] not in _GO_TABLES:
        return set()
    count, _, start, names_at, _, _, _, rows_at = struct.unpack_from("<8Q", data, 8)
    if count > MAX_SYMBOLS:
        raise LimitExceeded("functions of a Go program", MAX_SYMBOLS, where=module.path)
    start = start or text["sh_addr"]
    found = set()
    for index in range(count):
        offset, about = struct.unpack_from("<II", data, rows_at + 8 * index)
        name_at = names_at + struct.unpack_from("<i", data, rows_at + about + 4)[0]
        module.names.setdefault(start + offset, data[name_at : data.index(b"\0", name_at)].decode("utf-8", "replace"))
        found.add(start + offset)
    return found


def _relocations(module: Module, elf: ELFFile, sections: list[Section], data: bytes) -> None:
    for section in sections:
        if section["sh_type"] == "SHT_RELR":
            _relative_bitmap(module, elf, section.data(), data)
        elif isinstance(section, RelocationSection) and section["sh_link"]:
            symbols = elf.get_section(section["sh_link"])
            if isinstance(symbols, SymbolTableSection):
                for item in section.iter_relocations():
                    _relocation(module, item, symbols)
        elif isinstance(section, RelocationSection):
            for item in section.iter_relocations():
                if item["r_info_type"] in (_RELATIVE, _IRELATIVE):
                    module.pointers[item["r_offset"]] = item["r_addend"]
    if module.fixed and not module.pointers:
        # A static program that is loaded where it says has plain words for pointers.
        for section in sections:
            if section["sh_type"] == "SHT_PROGBITS" and section["sh_flags"] & (_ALLOCATED | _EXECUTABLE) == _ALLOCATED:
                _plain_pointers(module, section["sh_addr"], section.data())


def _relocation(module: Module, item: Relocation, symbols: SymbolTableSection) -> None:
    kind, where = item["r_info_type"], item["r_offset"]
    symbol = symbols.get_symbol(item["r_info_sym"]) if item["r_info_sym"] else None
    if kind in (_RELATIVE, _IRELATIVE):
        module.pointers[where] = item["r_addend"]
    elif symbol is None:
        return
    elif kind == _COPY:
        module.copies.add(symbol.name)
    elif kind in (_GLOBAL_DATA, _JUMP_SLOT, _ABSOLUTE):
        module.slots[where] = symbol.name
        if kind == _ABSOLUTE and symbol["st_shndx"] != "SHN_UNDEF":
            module.pointers[where] = symbol["st_value"] + item["r_addend"]


def _relative_bitmap(module: Module, elf: ELFFile, packed: bytes, data: bytes) -> None:
    """RELR: an address, then words whose bits (but the lowest) say which of the next 63 words are pointers too."""
    loaded = [
        (part["p_vaddr"], part["p_filesz"], part["p_offset"]) for part in elf.iter_segments() if part["p_type"] == "PT_LOAD"
    ]

    def put(address: int) -> None:
        for base, size, offset in loaded:
            if base <= address < base + size:
                module.pointers[address] = struct.unpack_from("<Q", data, offset + address - base)[0]

    here = 0
    for (word,) in struct.iter_unpack("<Q", packed):
        if not word & 1:
            put(word)
            here = word + 8
            continue
        for bit in range(63):
            if word >> (bit + 1) & 1:
                put(here + 8 * bit)
        here += 63 * 8


def _plain_pointers(module: Module, base: int, data: bytes) -> None:
    for index, (value,) in enumerate(struct.iter_unpack("<Q", data[: len(data) // 8 * 8])):
        if module.in_code(value):
            module.pointers[base + 8 * index] = value
        if len(module.pointers) > MAX_POINTERS:
            raise LimitExceeded("pointers of a program", MAX_POINTERS, where=module.path)


def _initialisers(module: Module, sections: list[Section]) -> None:
    for section in sections:
        if section.name in (".init_array", ".fini_array", ".preinit_array"):
            places = range(section["sh_addr"], section["sh_addr"] + section["sh_size"], 8)
            module.begin.extend(module.pointers[place] for place in places if place in module.pointers)
