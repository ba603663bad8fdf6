"""Results kept for the next run: a table of keys and bytes in one SQLite file, shared by all processes of a user.

Source: sqlite.org "Write-Ahead Logging": readers and one writer at a time do not wait for each other, and a process that is
killed at any point leaves the last commit. A cache is never needed: whatever goes wrong with it, the work is done without.
"""

import os
import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from ringfence.errors import Unavailable

MAX_BYTES = 1024 * 1024 * 1024
"""Bytes of results kept; beyond, those not used for longest go."""
MAX_RESULT_BYTES = 128 * 1024 * 1024
"""Bytes of one result; a larger one is not kept."""
ROOM = 0.8
"""The share of `MAX_BYTES` that is left after making room, so that room is not made for every result."""
WAIT_SECONDS = 5.0
"""How long to wait for another process that writes."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS result (
    key TEXT PRIMARY KEY, bytes INTEGER NOT NULL, used INTEGER NOT NULL, data BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS result_used ON result (used);
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a cache holds: number of results, their bytes, and those of the file."""

    path: str
    results: int
    bytes: int
    file_bytes: int


def default_path(environment: Mapping[str, str]) -> str:
    """Where the cache is: the user's cache folder (XDG)."""
    base = environment.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "ringfence", "results.db")


class ResultCache:
    """The cache at `path`; opened when it is first asked. A cache that cannot be used is empty and keeps nothing."""

    def __init__(self, path: str, max_bytes: int = MAX_BYTES) -> None:
        self.path = path
        self._max_bytes = max_bytes
        self._connection: sqlite3.Connection | None = None
        self._failed = False

    def get(self, key: str) -> bytes | None:
        """The result kept under `key`."""
        connection = self._open()
        if connection is None:
            return None
        try:
            row = connection.execute("SELECT data FROM result WHERE key = ?", (key,)).fetchone()
            if row is None or not isinstance(row[0], bytes):
                return None
            with suppress(sqlite3.OperationalError):  # another process writes: that this was used is no news worth a wait
                connection.execute("UPDATE result SET used = (SELECT max(used) FROM result) + 1 WHERE key = ?", (key,))
        except sqlite3.Error:
            self._give_up()
            return None
        return row[0]

    def put(self, key: str, data: bytes) -> None:
        """Keeps a result, in place of an older one of the same key."""
        connection = self._open()
        if connection is None or len(data) > MAX_RESULT_BYTES:
            return
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(
                "INSERT OR REPLACE INTO result VALUES (?, ?, (SELECT coalesce(max(used), 0) + 1 FROM result), ?)",
                (key, len(data), data),
            )
            self._make_room(connection)
            connection.execute("COMMIT")
        except sqlite3.Error:
            self._give_up()

    def standing(self) -> Standing:
        """What there is. Raises `Unavailable` if the cache cannot be opened."""
        connection = self._open()
        if connection is None:
            raise Unavailable("cannot be opened as a cache", where=self.path, mend="remove the file, or set XDG_CACHE_HOME")
        try:
            results, held = connection.execute("SELECT count(*), coalesce(sum(bytes), 0) FROM result").fetchone()
        except sqlite3.Error as cause:
            raise Unavailable(str(cause), where=self.path, mend="remove the file") from cause
        return Standing(self.path, results, held, os.path.getsize(self.path))

    def clear(self) -> None:
        """Forgets everything and gives the space back. Raises `Unavailable` if the cache cannot be written."""
        connection = self._open()
        try:
            if connection is None:
                raise Unavailable("cannot be opened as a cache", where=self.path, mend="remove the file")
            connection.execute("DELETE FROM result")
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as cause:
            raise Unavailable(str(cause), where=self.path, mend="try again when no other process writes") from cause

    def close(self) -> None:
        """Lets go of the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _make_room(self, connection: sqlite3.Connection) -> None:
        (held,) = connection.execute("SELECT coalesce(sum(bytes), 0) FROM result").fetchone()
        if held <= self._max_bytes:
            return
        for key, size in connection.execute("SELECT key, bytes FROM result ORDER BY used").fetchall():
            if held <= self._max_bytes * ROOM:
                return
            connection.execute("DELETE FROM result WHERE key = ?", (key,))
            held -= size

    def _open(self) -> sqlite3.Connection | None:
        if self._connection is not None or self._failed:
            return self._connection
        try:
            self._connection = self._connected()
        except sqlite3.DatabaseError as cause:
            # Not a database: damaged, or written by something else. A lock is another matter.
            if not isinstance(cause, sqlite3.OperationalError):
                for name in (self.path, f"{self.path}-wal", f"{self.path}-shm"):
                    with suppress(OSError):
                        os.unlink(name)
                with suppress(OSError, sqlite3.Error):
                    self._connection = self._connected()
            self._failed = self._connection is None
        except OSError:
            self._failed = True
        return self._connection

    def _connected(self) -> sqlite3.Connection:
        os.makedirs(os.path.dirname(self.path), mode=0o700, exist_ok=True)
        connection = sqlite3.connect(self.path, timeout=WAIT_SECONDS, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute("PRAGMA trusted_schema=OFF")
            connection.executescript(_SCHEMA)
        except sqlite3.Error:
            connection.close()
            raise
        os.chmod(self.path, 0o600)
        return connection

    def _give_up(self) -> None:
        with suppress(sqlite3.Error):
            self.close()
        self._connection, self._failed = None, True
