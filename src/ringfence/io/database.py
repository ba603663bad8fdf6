"""SQLite files: opened for many readers, and replaced whole, so that a kill at any point leaves the old one.

Source: sqlite.org "URI Filenames" (`immutable`), "Memory-Mapped I/O", and its test of what a file is: the first page.
"""

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import quote

from ringfence.errors import Unavailable, UnreadableInput

MMAP_BYTES = 4 * 1024**3
"""Address space a reader maps; pages come in as they are touched."""

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


@contextmanager
def replacing(path: str, *, keep: bool) -> Iterator[sqlite3.Connection]:
    """A connection to a new file that takes the place of `path` if the block ends well; readers of the old one go on.

    With `keep` it begins as a copy of the old one. One writer at a time: a second waits for the first. Leftovers of
    writers that were killed are cleared away. Raises `Unavailable` if the place cannot be written or is full.
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
                if keep and os.path.exists(path):
                    shutil.copyfile(path, new)
                yield from _filled(new)
                _sync(new)
                os.replace(new, path)
                _sync(os.path.dirname(path))
            finally:
                _clear(new)
    except OSError as cause:
        raise Unavailable(cause.strerror or str(cause), where=path, mend=mend) from cause
    except sqlite3.Error as cause:
        raise Unavailable(f"cannot be written: {cause}", where=path, mend=mend) from cause


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
