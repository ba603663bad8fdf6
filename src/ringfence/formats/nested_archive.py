"""Files inside archives inside archives, read in memory for what they say: zip (JAR, wheel, ...), tar, gzip.

Sources: APPNOTE.TXT of ZIP, RFC 1952, and `formats.tar`. Nothing is unpacked anywhere; what is too large, too deep or broken
is passed over, for a file that cannot be opened hides nothing that a reader of the image could see more easily.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats.tar import Kind, TarReader

MAX_DEPTH = 3
"""Archives inside archives."""
MAX_TOTAL = 128 * 1024 * 1024
"""Bytes taken out of one archive and all that are inside it."""
MAX_MEMBERS = 20_000
"""Files of one archive and all that are inside it."""
MAX_PATH = 1_000
"""Characters of a path inside."""

ENDS = (".zip", ".jar", ".war", ".ear", ".whl", ".egg", ".nupkg", ".apk", ".tar", ".tar.gz", ".tgz", ".gz", ".tar.zst")
"""Ends of the names of files that are looked into."""
_ZIP, _GZIP = b"PK\x03\x04", b"\x1f\x8b"
_TAR_AT, _TAR = 257, b"ustar"


class _Budget:
    """What is left for one archive; `take` says whether there was that much."""

    def __init__(self) -> None:
        self.bytes, self.members = MAX_TOTAL, MAX_MEMBERS

    def take(self, size: int) -> bool:
        self.bytes -= size
        self.members -= 1
        return self.bytes >= 0 and self.members >= 0


class _Source:
    """Bytes in memory for the tar reader."""

    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)

    def read(self, size: int) -> bytes:
        return self._file.read(size)

    def skip(self, size: int) -> int:
        here = self._file.tell()
        end = self._file.seek(0, io.SEEK_END)
        return self._file.seek(min(here + size, end)) - here


def files(data: bytes, largest: int) -> Iterator[tuple[str, bytes]]:
    """Every file of at most `largest` bytes inside, by its path; `a.zip!/b` for one in an archive inside. Raises nothing."""
    yield from _files(data, "", largest, _Budget(), 0)


def _files(data: bytes, inside: str, largest: int, budget: _Budget, depth: int) -> Iterator[tuple[str, bytes]]:
    if depth >= MAX_DEPTH:
        return
    for path, content in _members(data, largest, budget):
        here = f"{inside}!/{path}"[:MAX_PATH].removeprefix("!/") if inside else path[:MAX_PATH]
        if content.startswith((_ZIP, _GZIP)) or content[_TAR_AT : _TAR_AT + len(_TAR)] == _TAR:
            yield from _files(content, here, largest, budget, depth + 1)
        elif len(content) <= largest:
            yield here, content


def _members(data: bytes, largest: int, budget: _Budget) -> Iterator[tuple[str, bytes]]:
    """The members of one archive: small files, and those that are archives themselves."""
    if data.startswith(_ZIP):
        yield from _zipped(data, largest, budget)
    elif data.startswith(_GZIP):
        plain = _inflated(data, budget)
        if plain[_TAR_AT : _TAR_AT + len(_TAR)] == _TAR:
            yield from _tarred(plain, largest, budget)
        elif plain and len(plain) <= largest:
            yield "", plain
    elif data[_TAR_AT : _TAR_AT + len(_TAR)] == _TAR:
        yield from _tarred(data, largest, budget)


def _zipped(data: bytes, largest: int, budget: _Budget) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for item in archive.infolist():
                wanted = item.file_size <= largest or item.filename.endswith(ENDS)
                if item.is_dir() or item.flag_bits & 1 or not wanted:
                    continue
                if not budget.take(item.file_size):
                    return
                with archive.open(item) as file:
                    yield item.filename, file.read(item.file_size)
    # Everything that zipfile raises on bytes that are no archive, or one of another time.
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError, OverflowError, IndexError):
        return


def _tarred(data: bytes, largest: int, budget: _Budget) -> Iterator[tuple[str, bytes]]:
    reader = TarReader(_Source(data))
    try:
        for member in reader.members():
            wanted = member.size <= largest or member.path.endswith(ENDS)
            if member.kind is not Kind.FILE or member.sparse or not wanted:
                continue
            if not budget.take(member.size):
                return
            yield member.path, reader.content(member.size)
    except (Malformed, LimitExceeded):
        return


def _inflated(data: bytes, budget: _Budget) -> bytes:
    """The first member of a gzip stream; empty if it is broken or larger than what is left."""
    inflater = zlib.decompressobj(wbits=31)
    try:
        plain = inflater.decompress(data, max(budget.bytes, 1))
    except zlib.error:
        return b""
    return plain if not inflater.unconsumed_tail and budget.take(len(plain)) else b""
