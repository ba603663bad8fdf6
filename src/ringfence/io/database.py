"""SQLite files: opened for many readers; replaced whole, or changed in place. A kill at any point leaves what was before.

Source: sqlite.org "URI Filenames" (`immutable`), "Memory-Mapped I/O", "Write-Ahead Logging", and its test of what a file
is: the first page.
"""

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import IO, NamedTuple
from urllib.parse import quote

import zstandard

from ringfence.errors import LimitExceeded, Malformed, Unavailable, UnreadableInput

MMAP_BYTES = 4 * 1024**3
"""Address space a reader maps; pages come in as they are touched."""

WAIT_SECONDS = 60.0
"""How long a reader waits while another process puts a log back in its file."""

MAX_UNPACKED_BYTES = 32 * 1024**3
"""Bytes a packed store may unpack to; all public feeds together make one of a few GB."""

_MEND = "run 'ringfence db update'"


@contextmanager
def reading(path: str) -> Iterator[sqlite3.Connection]:
    """A read-only connection. The file is only ever replaced, never changed, so no lock is needed (`immutable`).

    Raises `Unavailable` if it is not there, `UnreadableInput` if it is no SQLite file; so do statements in the block.
    """
    try:
        os.stat(path)
        connection = sqlite3.connect(f"file:{quote(os.path.abspath(path))}?mode=ro&immutable=1", uri=True)
    except OSError as cause:
        raise Unavailable(cause.strerror or str(cause), where=path, mend=_MEND) from cause
    except sqlite3.Error as cause:
        raise Unavailable(str(cause), where=path, mend=_MEND) from cause
    try:
        connection.execute(f"PRAGMA mmap_size={MMAP_BYTES}")
        connection.execute("PRAGMA trusted_schema=OFF")
        yield connection
    except sqlite3.Error as cause:
        raise UnreadableInput(f"is not a readable database: {cause}", where=path, mend=_MEND) from cause
    finally:
        connection.close()


def rows_in(data: bytes, query: str, limit: int) -> Iterator[tuple[object, ...]]:
    """The rows of a query on a database that is given as bytes and may be hostile; nothing of it reaches the disk.

    Raises `Malformed` if it is no database or the query does not fit, `LimitExceeded` past `limit` rows.
    """
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("PRAGMA trusted_schema=OFF")
        # In memory there is no write-ahead log: bytes 18 and 19 say whether one is wanted (sqlite.org, fileformat2).
        connection.deserialize(data[:18] + b"\x01\x01" + data[20:] if len(data) >= 100 else bytes(100))
        for count, row in enumerate(connection.execute(query)):
            if count >= limit:
                raise LimitExceeded("rows of a database in an image", limit)
            yield row
    except (sqlite3.Error, MemoryError, OverflowError) as cause:
        raise Malformed("SQLite database", str(cause)) from cause
    finally:
        connection.close()


class Kind(NamedTuple):
    """A kind of file that is changed in place: how it is told from others, its tables, and what to do if it is not one."""

    application_id: int
    version: int
    tables: str
    mend: str


@contextmanager
def changing(path: str, kind: Kind) -> Iterator[sqlite3.Connection]:
    """A connection whose changes are one transaction: all of them there once the block ends well, and none of them if not.

    The file is made if it is not there. One writer at a time: a second waits for the first. Readers go on meanwhile. Raises
    `Unavailable` if it cannot be written, `UnreadableInput` if it is of another kind.
    """
    path = os.path.abspath(path)
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with open(f"{path}.lock", "ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # the kernel lets go of it when the process dies, however it dies
            connection = _connected(path)
            try:
                _demand(connection, kind, path)
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            finally:
                connection.close()  # what was not committed is undone
    except OSError as cause:
        raise Unavailable(cause.strerror or str(cause), where=path, mend=kind.mend) from cause
    except sqlite3.Error as cause:
        raise Unavailable(f"cannot be written: {cause}", where=path, mend=kind.mend) from cause


@contextmanager
def consulting(path: str, kind: Kind) -> Iterator[sqlite3.Connection]:
    """A connection that only reads a file changed in place, and sees it as it was at its first statement.

    Raises `Unavailable` if it is not there, `UnreadableInput` if it is of another kind or damaged.
    """
    try:
        os.stat(path)
        connection = _connected(os.path.abspath(path))
    except OSError as cause:
        raise Unavailable(cause.strerror or str(cause), where=path, mend=kind.mend) from cause
    except sqlite3.Error as cause:
        raise UnreadableInput(f"is not a readable database: {cause}", where=path, mend=kind.mend) from cause
    try:
        _demand(connection, kind, path)
        connection.execute(f"PRAGMA mmap_size={MMAP_BYTES}")
        connection.execute("PRAGMA query_only=ON")
        connection.execute("BEGIN")
        yield connection
    except sqlite3.Error as cause:
        raise UnreadableInput(f"is not a readable database: {cause}", where=path, mend=kind.mend) from cause
    finally:
        connection.close()


def _connected(path: str) -> sqlite3.Connection:
    new = not os.path.exists(path)
    connection = sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None)
    try:
        connection.execute("PRAGMA trusted_schema=OFF")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
    except sqlite3.Error:
        connection.close()
        raise
    if new:
        os.chmod(path, 0o600)
    return connection


def _demand(connection: sqlite3.Connection, kind: Kind, path: str) -> None:
    """A file of this kind, made one if it is new and empty."""
    (own,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if (own, version) == (kind.application_id, kind.version):
        return
    if own or version or connection.execute("SELECT count(*) FROM sqlite_schema").fetchone() != (0,):
        wrong = f"is of version {version}, not {kind.version}" if own == kind.application_id else "is another kind of file"
        raise UnreadableInput(wrong, where=path, mend=kind.mend)
    connection.executescript(
        f"BEGIN IMMEDIATE; {kind.tables}"
        f"PRAGMA application_id={kind.application_id}; PRAGMA user_version={kind.version}; COMMIT;"
    )


@contextmanager
def replacing(path: str, keep: Callable[[str], bool]) -> Iterator[tuple[sqlite3.Connection, bool]]:
    """A connection to a new file that takes the place of `path` if the block ends well; readers of the old one go on.

    If `keep` says so of the old one it begins as its copy; the block is told whether it did. One writer at a time: a second
    waits for the first, and `keep` looks at what that one left. Leftovers of writers that were killed are cleared away.
    Raises `Unavailable` if the place cannot be written or is full, and what `keep` raises.
    """
    path = os.path.abspath(path)
    mend = "name another place with --db, or free disk space"
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with open(f"{path}.lock", "ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # the kernel lets go of it when the process dies, however it dies
            new = f"{path}.new"
            _clear(new)
            try:
                kept = keep(path)
                if kept:
                    shutil.copyfile(path, new)
                for connection in _filled(new):
                    yield connection, kept
                _sync(new)
                os.replace(new, path)
                _sync(os.path.dirname(path))
            finally:
                _clear(new)
    except OSError as cause:
        raise Unavailable(cause.strerror or str(cause), where=path, mend=mend) from cause
    except sqlite3.Error as cause:
        raise Unavailable(f"cannot be written: {cause}", where=path, mend=mend) from cause


def pack(path: str, out: str) -> int:
    """Writes the file at `path` to `out` as one zstd stream with a checksum; the bytes written.

    Raises `Unavailable`.
    """
    try:
        with open(path, "rb") as source, open(f"{out}.part", "wb") as target:
            packer = zstandard.ZstdCompressor(level=10, write_checksum=True, threads=2)
            packer.copy_stream(source, target, size=os.path.getsize(path))
        os.replace(f"{out}.part", out)
        return os.path.getsize(out)
    except OSError as cause:
        raise Unavailable(cause.strerror or str(cause), where=out, mend="name another place, or free disk space") from cause


@contextmanager
def unpacking(file: str, path: str) -> Iterator[str]:
    """The file that `pack` wrote, unpacked beside `path`, whose place it takes if the block ends well.

    The block gets the new file's path, to look whether it is what it should be. Raises `UnreadableInput` if it is no such
    stream, or its checksum is wrong; `Unavailable`.
    """
    path = os.path.abspath(path)
    new = f"{path}.new"
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with open(f"{path}.lock", "ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            try:
                with open(file, "rb") as source, open(new, "wb") as target:
                    _unpack(source, target, file)
                _check(new, file)
                yield new
                _sync(new)
                os.replace(new, path)
                _sync(os.path.dirname(path))
            finally:
                _clear(new)
    except OSError as cause:
        raise Unavailable(cause.strerror or str(cause), where=file, mend="check the path and its permissions") from cause


def _unpack(source: IO[bytes], target: IO[bytes], where: str) -> None:
    taken = 0
    try:
        with zstandard.ZstdDecompressor().stream_reader(source) as reader:
            while piece := reader.read(1 << 20):
                taken += len(piece)
                if taken > MAX_UNPACKED_BYTES:
                    raise LimitExceeded("bytes of an unpacked store", MAX_UNPACKED_BYTES, where=where)
                target.write(piece)
    except zstandard.ZstdError as cause:
        raise UnreadableInput(f"is not a packed store: {cause}", where=where, mend="export it again") from cause


def _check(new: str, where: str) -> None:
    """SQLite's own look at every page; a file cut short or bent does not pass."""
    with reading(new) as connection:
        told = connection.execute("PRAGMA quick_check(1)").fetchone()
    if told is None or told[0] != "ok":
        raise UnreadableInput("holds a damaged store", where=where, mend="export it again")


def _filled(new: str) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(new, isolation_level=None)
    try:
        # If we die the file is thrown away, so the journal is for savepoints only; `_sync` makes it durable at the end.
        connection.execute("PRAGMA journal_mode=MEMORY")
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("BEGIN")
        yield connection
        connection.execute("COMMIT")
    finally:
        connection.close()


def _clear(new: str) -> None:
    for name in (new, f"{new}-journal"):
        with suppress(FileNotFoundError):
            os.unlink(name)


def _sync(path: str) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
