"""What publishers pack: archives and compressed files, read as a stream, with a limit on what they unpack to.

A file is known by its first bytes, never by its name. Nothing is written to disk.
"""

import bz2
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Protocol, cast

import zstandard
from isal import igzip

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats.tar import BLOCK, Kind, TarReader

MAX_UNPACKED_BYTES = 16 * 1024**3
"""Bytes one file may unpack to; all of Ubuntu's VEX, the largest, is about 5 GB."""
MAX_DOCUMENT_BYTES = 256 * 1024 * 1024
"""Bytes of one document in an archive."""
MAX_DOCUMENTS = 3_000_000
"""Documents of one archive."""
MAX_WINDOW_BYTES = 2**31
"""zstd's largest window (`--long=31`): 2 GiB of address space, touched only as far as the data goes."""

_PIECE = 1 << 18
_FAULTS = (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, zstandard.ZstdError)


class _Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes."""


@dataclass(slots=True)
class Unpacked:
    """The plain bytes of a file, whatever it was packed with. Raises `Malformed` and `LimitExceeded` naming `where`."""

    source: _Readable
    where: str
    ahead: bytes = b""
    taken: int = 0
    max_bytes: int = MAX_UNPACKED_BYTES

    def read(self, size: int) -> bytes:
        """The next `size` bytes, fewer only at the end."""
        parts = [self.ahead[:size]]
        self.ahead = self.ahead[size:]
        wanted = size - len(parts[0])
        while wanted > 0:
            try:
                piece = self.source.read(min(wanted, _PIECE))
            except _FAULTS as cause:
                raise Malformed(
                    "packed file", str(cause) or "it ends early", where=self.where, mend="fetch it again"
                ) from cause
            if not piece:
                break
            self.taken += len(piece)
            if self.taken > self.max_bytes:
                raise LimitExceeded("unpacked bytes of one file", self.max_bytes, where=self.where)
            parts.append(piece)
            wanted -= len(piece)
        return b"".join(parts)

    def skip(self, size: int) -> int:
        """Passes over `size` bytes and says how many there were."""
        done = 0
        while done < size and (piece := self.read(min(size - done, _PIECE))):
            done += len(piece)
        return done

    def whole(self, limit: int = MAX_DOCUMENT_BYTES) -> bytes:
        """All that is left. Raises `LimitExceeded` past `limit`."""
        data = self.read(limit + 1)
        if len(data) > limit:
            raise LimitExceeded("unpacked bytes of one document", limit, where=self.where)
        return data

    def lines(self) -> Iterator[bytes]:
        """The lines that are left, without their ends."""
        rest = b""
        while piece := self.read(_PIECE):
            *whole, rest = (rest + piece).split(b"\n")
            if len(rest) > MAX_DOCUMENT_BYTES:
                raise LimitExceeded("bytes of one line", MAX_DOCUMENT_BYTES, where=self.where)
            yield from whole
        if rest:
            yield rest

    def starts_with_tar(self) -> bool:
        """Whether what follows is a tar archive; nothing is lost by asking."""
        self.ahead = self.read(BLOCK)
        return self.ahead[257:262] == b"ustar"


def unpacked(file: IO[bytes], where: str) -> Unpacked:
    """The plain bytes of `file`: gzip, xz, bzip2 and zstd are known by their first bytes."""
    head = file.read(6)
    file.seek(0)
    source: object = file
    if head.startswith(b"\x1f\x8b"):
        source = igzip.GzipFile(fileobj=file, mode="rb")  # type: ignore[no-untyped-call]  # isal ships no types
    elif head.startswith(b"\xfd7zXZ\0"):
        source = lzma.LZMAFile(file)  # noqa: SIM115 - read on by the caller, who closes `file`
    elif head.startswith(b"BZh"):
        source = bz2.BZ2File(file)
    elif head.startswith(b"\x28\xb5\x2f\xfd"):
        source = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW_BYTES).stream_reader(file)
    return Unpacked(cast("_Readable", source), where)


def documents(file: IO[bytes], where: str, suffix: str = ".json") -> Iterator[tuple[str, bytes]]:
    """Every document of an archive with its path: a zip, a tar, or a file with a document a line (path: the line's number).

    Of archives only members ending in `suffix`. The file is closed at the end. Raises `Malformed`, `LimitExceeded`.
    """
    with file:
        if file.read(4) == b"PK\x03\x04":
            yield from _zip_documents(file, where, suffix)
            return
        file.seek(0)
        plain = unpacked(file, where)
        if not plain.starts_with_tar():
            yield from ((f"line {number}", line) for number, line in enumerate(plain.lines(), 1) if line.strip())
            return
        yield from _tar_documents(plain, suffix)


def _tar_documents(plain: Unpacked, suffix: str) -> Iterator[tuple[str, bytes]]:
    reader = TarReader(plain)
    count = 0
    for member in reader.members():
        if member.kind is not Kind.FILE or not member.path.endswith(suffix):
            continue
        count += 1
        if count > MAX_DOCUMENTS:
            raise LimitExceeded("documents of one archive", MAX_DOCUMENTS, where=plain.where)
        if member.size > MAX_DOCUMENT_BYTES:
            raise LimitExceeded("bytes of one document", MAX_DOCUMENT_BYTES, where=f"{plain.where} {member.path}")
        yield member.path, reader.content(MAX_DOCUMENT_BYTES)


def _zip_documents(file: IO[bytes], where: str, suffix: str) -> Iterator[tuple[str, bytes]]:
    taken = 0
    try:
        with zipfile.ZipFile(file) as archive:
            entries = [entry for entry in archive.infolist() if entry.filename.endswith(suffix) and not entry.is_dir()]
            if len(entries) > MAX_DOCUMENTS:
                raise LimitExceeded("documents of one archive", MAX_DOCUMENTS, where=where)
            for entry in entries:
                with archive.open(entry) as opened:
                    data = opened.read(MAX_DOCUMENT_BYTES + 1)
                taken += len(data)
                if len(data) > MAX_DOCUMENT_BYTES or taken > MAX_UNPACKED_BYTES:
                    raise LimitExceeded("unpacked bytes of one file", MAX_UNPACKED_BYTES, where=where)
                yield entry.filename, data
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, *_FAULTS) as cause:
        # RuntimeError is zipfile's word for an encrypted entry, NotImplementedError for a compression it lacks.
        raise Malformed("zip", str(cause) or "it ends early", where=where, mend="fetch it again") from cause
