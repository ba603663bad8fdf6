"""Blobs: bytes that lie in a file, decompressed and hashed on the way, never held whole and never written anywhere."""

import hashlib
import os
import stat
from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Self, cast

import zstandard
from isal import isal_zlib

from ringfence.errors import LimitExceeded, Malformed, Unavailable, UnreadableInput

CHUNK = 1024 * 1024
"""Bytes read, decompressed and hashed at a time."""
MAX_PLAIN_BYTES = 256 * 1024 * 1024 * 1024
"""Bytes of one blob after decompression; the largest images in use are some tens of GiB."""
FREE_BYTES = 1024 * 1024 * 1024
"""Bytes a blob may grow to whatever it was before: only beyond is its growth held against it."""
MAX_GROWTH = 200
"""How many times larger than stored a blob may become beyond `FREE_BYTES`; layers are 2 to 10 times larger."""
MAX_WINDOW_BYTES = 128 * 1024 * 1024
"""Memory a zstd frame may ask for (`zstd --long=27`)."""
HASH_AHEAD = 4
"""Chunks that may wait to be hashed: hashing runs beside reading, but never falls far behind."""

GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"

Take = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Extent:
    """Where stored bytes lie: `size` bytes at `offset` of the file at `path`.

    In a file that is compressed as a whole (`packed`), the offset counts decompressed bytes.
    """

    path: str
    offset: int
    size: int
    packed: bool = False


class _Hasher:
    """SHA-256 in a thread of its own: hashlib lets go of the interpreter while it works."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._hash = hashlib.sha256()
        self._pool = pool
        self._waiting: deque[Future[None]] = deque()

    def update(self, chunk: bytes) -> None:
        if len(self._waiting) >= HASH_AHEAD:
            self._waiting.popleft().result()
        self._waiting.append(self._pool.submit(self._hash.update, chunk))

    def digest(self) -> str:
        while self._waiting:
            self._waiting.popleft().result()
        return f"sha256:{self._hash.hexdigest()}"


class BlobStream:
    """The decompressed bytes of a blob, front to back; gzip and zstd are recognised by their magic numbers (not if `raw`).

    After `drain`, `stored_digest` is the SHA-256 of the bytes as stored, `plain_digest` that of the decompressed ones. Use
    as a context manager. `read` and `skip` raise `Malformed` for a broken or cut-off compressed stream, `LimitExceeded` for
    one that grows without measure, `Unavailable` if the file cannot be read. Whoever has just hashed the stored bytes gives
    their digest as `stored_digest`, and they are not hashed again.
    """

    def __init__(self, extent: Extent, *, raw: bool = False, stored_digest: str = "") -> None:
        self._extent = extent
        self._raw = raw
        self._file = _open(extent.path)
        self._pool = ThreadPoolExecutor(max_workers=1)
        self._stored = _Hasher(self._pool)
        self._plain = self._stored
        self._known = stored_digest
        self._taken = 0
        self.plain_bytes = 0
        self._chunk = b""
        self._at = 0
        self._outer: BlobStream | None = None
        if extent.packed:
            self._outer = BlobStream(Extent(extent.path, 0, os.fstat(self._file).st_size))
            self._outer.skip(extent.offset)
        self._chunks = self._decompressed()

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Lets go of the file and the hashing thread."""
        self._chunks.close()
        self._pool.shutdown(wait=True, cancel_futures=True)
        os.close(self._file)
        if self._outer is not None:
            self._outer.__exit__(kind, error, trace)

    def read(self, size: int) -> bytes:
        """The next `size` bytes, less only at the end."""
        at, end = self._at, self._at + size
        if end <= len(self._chunk):
            self._at = end
            return self._chunk[at:end]
        pieces = [self._chunk[at:]]
        missing = size - len(pieces[0])
        while missing and self._more():
            pieces.append(self._chunk[:missing])
            self._at = len(pieces[-1])
            missing -= self._at
        return b"".join(pieces)

    def skip(self, size: int) -> int:
        """Passes over `size` bytes; says how many there were."""
        left = size
        while True:
            here = min(left, len(self._chunk) - self._at)
            self._at += here
            left -= here
            if not left or not self._more():
                return size - left

    def drain(self) -> None:
        """Reads what is left, so that the digests are those of the whole blob."""
        while self._more():
            pass
        # Bytes behind the compressed stream belong to the blob as well.
        while self._take(CHUNK):
            pass

    @property
    def stored_digest(self) -> str:
        """The digest of what was read of the stored bytes."""
        return self._known or self._stored.digest()

    @property
    def plain_digest(self) -> str:
        """The digest of what was given out or skipped."""
        return self._plain.digest()

    def _more(self) -> bool:
        self._chunk, self._at = next(self._chunks, b""), 0
        self.plain_bytes += len(self._chunk)
        if self.plain_bytes > MAX_PLAIN_BYTES:
            raise LimitExceeded("bytes of one decompressed blob", MAX_PLAIN_BYTES)
        if self.plain_bytes > FREE_BYTES and self.plain_bytes > self._extent.size * MAX_GROWTH:
            raise LimitExceeded("growth of a compressed blob", MAX_GROWTH)
        return bool(self._chunk)

    def _take(self, size: int) -> bytes:
        """Stored bytes, hashed."""
        size = min(size, self._extent.size - self._taken)
        if size <= 0:
            return b""
        if self._outer is not None:
            chunk = self._outer.read(size)
        else:
            try:
                chunk = os.pread(self._file, size, self._extent.offset + self._taken)
            except OSError as cause:
                raise Unavailable(cause.strerror or str(cause), where=self._extent.path) from cause
        self._taken += len(chunk)
        # What is stored plain has one digest, which is asked for as that of the plain bytes.
        if chunk and (not self._known or self._plain is self._stored):
            self._stored.update(chunk)
        return chunk

    def _decompressed(self) -> Generator[bytes, None, None]:
        first = self._take(CHUNK)
        if first.startswith((GZIP, ZSTD)) and not self._raw:
            self._plain = _Hasher(self._pool)
            inflate = _gunzip if first.startswith(GZIP) else _unzstd
            for chunk in inflate(first, self._take):
                self._plain.update(chunk)
                yield chunk
            return
        while first:
            yield first
            first = self._take(CHUNK)


def read_start(extent: Extent, limit: int) -> bytes:
    """At most `limit` bytes of the start of a blob, decompressed. Raises as `BlobStream`."""
    with BlobStream(extent) as stream:
        return stream.read(limit)


def identity(extent: Extent) -> str:
    """What tells whether a blob is the one seen before, without reading it: which file, its size and times, and the place.

    As git's index does it; the time of change (`ctime`) cannot be set back by who writes the file. Raises `Unavailable`.
    """
    handle = _open(extent.path)
    try:
        about = os.fstat(handle)
    finally:
        os.close(handle)
    place = (about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns, extent.offset, extent.size)
    return " ".join(str(number) for number in (*place, int(extent.packed)))


def stored_digest(extent: Extent) -> str:
    """The SHA-256 of a blob as stored, not decompressed. Raises as `BlobStream`."""
    with BlobStream(extent, raw=True) as stream:
        stream.drain()
        return stream.stored_digest


def file_extent(path: str) -> Extent:
    """A whole file of this host that the user named. Raises `UnreadableInput` if it is none, cannot be read, or is empty."""
    try:
        handle = _open(path)
    except Unavailable as cause:
        raise UnreadableInput(cause.wrong, where=path, mend="check the path") from cause
    try:
        size = os.fstat(handle).st_size
    finally:
        os.close(handle)
    if not size:
        raise UnreadableInput("is empty", where=path, mend="save the image again")
    return Extent(path, 0, size)


def open_extent(file: IO[bytes]) -> Extent:
    """The whole of an open file that may have no name (a download); it must stay open while the extent is used."""
    file.flush()
    return Extent(f"/proc/self/fd/{file.fileno()}", 0, os.fstat(file.fileno()).st_size)


def is_packed(extent: Extent) -> bool:
    """Whether the file is compressed as a whole. Raises `Unavailable`."""
    handle = _open(extent.path)
    try:
        return os.pread(handle, 4, extent.offset).startswith((GZIP, ZSTD))
    finally:
        os.close(handle)


def _open(path: str) -> int:
    try:
        # O_NONBLOCK: a FIFO at the path must not hang us.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as cause:
        raise Unavailable(cause.strerror or str(cause), where=path) from cause
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise Unavailable("is not a regular file", where=path)
    return handle


def _gunzip(data: bytes, take: Take) -> Generator[bytes, None, None]:
    """Every member of a gzip stream. What follows a member and is no gzip is left alone, as gzip does."""
    while data.startswith(GZIP):
        inflater = isal_zlib.decompressobj(wbits=31)
        while not inflater.eof:
            try:
                chunk = inflater.decompress(data, CHUNK)
            except isal_zlib.error as cause:  # type: ignore[misc]  # isal ships no types, so mypy sees Any
                raise Malformed("gzip stream", str(cause)) from cause
            if chunk:
                yield chunk
            data = inflater.unconsumed_tail
            if not data and not inflater.eof:
                data = take(CHUNK // 4)
                if not data and not chunk:
                    raise Malformed("gzip stream", "it ends in the middle")
        data = inflater.unused_data
        if len(data) < 2:
            data += take(CHUNK // 4)


class _Readable:
    """What zstandard wants to read from: the first chunk, then the rest."""

    def __init__(self, first: bytes, take: Take) -> None:
        self._first, self._take = first, take

    def read(self, size: int = -1) -> bytes:
        if self._first:
            chunk, self._first = self._first[:size], self._first[size:]
            return chunk
        return self._take(size)


def _unzstd(data: bytes, take: Take) -> Generator[bytes, None, None]:
    """Every frame of a zstd stream. One cut off in a frame ends early: what reads it, and its digest, will tell."""
    decompressor = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW_BYTES)
    source = cast("IO[bytes]", _Readable(data, take))  # only `read` is asked of it
    reader = decompressor.stream_reader(source, read_size=CHUNK // 4, read_across_frames=True)
    try:
        while chunk := reader.read(CHUNK):
            yield chunk
    except zstandard.ZstdError as cause:
        raise Malformed("zstd stream", str(cause)) from cause
