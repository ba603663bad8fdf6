"""What Go's linker writes into every program: the Go version, the modules it was built from, and the build's settings.

Source: Go's debug/buildinfo (`Read`, `readRawBuildInfo`) and runtime/debug (`ParseBuildInfo`), both forms: inline strings
(Go 1.18 and later) and pointers to strings (before).
"""

import re

from ringfence.errors import Malformed
from ringfence.formats import elf
from ringfence.formats.elf import ElfFile
from ringfence.model.fact import Fact

MAGIC = b"\xff Go buildinf:"
ALIGNED = 16
"""The block begins at a multiple of this many bytes."""
SEARCHED = 1024 * 1024
"""Where no section bears the name, this much of the first writable segment is searched, as Go itself does."""
MAX_TEXT = 16 * 1024 * 1024
"""Bytes of one of the two strings; Kubernetes' list of modules takes some 20,000."""
MAX_MODULES = 100_000

FORM = "Go build information"


class GoModule(Fact):
    """A module and its version; a replaced one is what it was replaced by. `(devel)` is a build outside any release."""

    path: str
    version: str


class GoBuildInfo(Fact):
    """The program's import path, its main module, all it depends on, and the settings (`-ldflags`, `vcs.revision`)."""

    go: str
    path: str = ""
    main: GoModule | None = None
    modules: tuple[GoModule, ...] = ()
    settings: dict[str, str] = {}

    @property
    def linked_version(self) -> str:
        """The version set by the linker (`-X main.version=v1.2.3`), or that of the main module; empty if neither tells."""
        flags = self.settings.get("-ldflags", "")
        told = re.search(r"-X[= ]['\"]?[\w./-]*\.(?:[gG]it)?[vV]ersion=v?(\d[^\s'\"]{0,80})", flags)
        if told:
            return told[1]
        version = self.main.version if self.main else ""
        return version.removeprefix("v") if re.match(r"v\d+\.\d+\.\d+", version) else ""


def parse(data: bytes) -> GoBuildInfo:
    """The build information of an ELF file. Raises `Malformed` if it is none or was not built by Go."""
    file = elf.parse(data)
    block = _block(data, file)
    pointer, flags = data[block + 14 : block + 15], data[block + 15 : block + 16]
    if not flags:
        raise Malformed(FORM, "it is cut short")
    if flags[0] & 2:
        go, after = _inline(data, block + 32)
        text, _ = _inline(data, after)
    else:
        order = "big" if flags[0] & 1 else "little"
        go = _pointed(data, file, block + 16, (pointer[0], order))
        text = _pointed(data, file, block + 16 + pointer[0], (pointer[0], order))
    if not go:
        raise Malformed(FORM, "it names no Go version")
    return _read(go.decode("utf-8", "replace"), _unframed(text).decode("utf-8", "replace"))


def _block(data: bytes, file: ElfFile) -> int:
    section = file.section(".go.buildinfo")
    if section is not None:
        start, end = section.offset, section.offset + section.size
    else:
        segment = next((item for item in file.segments if item.flags & elf.WRITABLE), None)
        if segment is None:
            raise Malformed(FORM, "no segment is writable")
        start, end = segment.offset, segment.offset + min(segment.size, SEARCHED)
    end = min(end, len(data))
    found = data.find(MAGIC, start, end)
    while found >= 0 and (found - start) % ALIGNED:
        found = data.find(MAGIC, found + 1, end)
    if found < 0:
        raise Malformed(FORM, "the program was not built by Go")
    return found


def _inline(data: bytes, at: int) -> tuple[bytes, int]:
    """A string with its length before it in base 128, least part first; and where the next thing begins."""
    length = shift = 0
    while True:
        part = data[at : at + 1]
        if not part or shift > 56:
            raise Malformed(FORM, "a length is cut short or too long")
        at += 1
        length |= (part[0] & 0x7F) << shift
        shift += 7
        if not part[0] & 0x80:
            break
    if length > MAX_TEXT or at + length > len(data):
        raise Malformed(FORM, "a string goes beyond the file")
    return data[at : at + length], at + length


def _pointed(data: bytes, file: ElfFile, at: int, form: tuple[int, str]) -> bytes:
    """A string by way of a pointer to its header, which is a pointer and a length."""
    size, order = form
    if size not in (4, 8):
        raise Malformed(FORM, f"pointers of {size} bytes")
    little = order == "little"
    header = _number(data[at : at + size], little=little)
    if header == 0:
        return b""
    raw = file.at(data, header, 2 * size)
    length = _number(raw[size:], little=little)
    if length > MAX_TEXT:
        raise Malformed(FORM, "a string is too long")
    return file.at(data, _number(raw[:size], little=little), length)


def _number(raw: bytes, *, little: bool) -> int:
    return int.from_bytes(raw, "little" if little else "big")


def _unframed(text: bytes) -> bytes:
    """The module text without the 16 bytes of marks around it (cmd/go/internal/modload, `infoStart`)."""
    return text[16:-16] if len(text) >= 33 and text[-17:-16] == b"\n" else b""


def _read(go: str, text: str) -> GoBuildInfo:
    path, main, modules = "", None, list[GoModule]()
    settings: dict[str, str] = {}
    for line in text.split("\n"):
        kind, *fields = line.split("\t")
        if kind == "path" and fields:
            path = fields[0]
        elif kind in ("mod", "dep", "=>") and len(fields) >= 2:
            module = GoModule(path=fields[0], version=fields[1])
            if kind == "mod":
                main = module
            elif kind == "=>" and modules:
                modules[-1] = module
            elif kind == "dep" and len(modules) < MAX_MODULES:
                modules.append(module)
        elif kind == "build" and fields:
            key, _, value = fields[0].partition("=")
            settings[key] = _unquoted(value)
    return GoBuildInfo(go=go, path=path, main=main, modules=tuple(modules), settings=settings)


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in '"`':
        return value[1:-1].replace('\\"', '"')
    return value
