"""The advisory store: one SQLite file, read by many at once and replaced whole.

A store is never changed in place: an update writes a new file and renames it, so readers see the old one or the new one
and a kill at any point loses nothing but the update.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from sqlite3 import Connection
from typing import TypeVar

import msgspec

from ringfence.advisories.bearing import Bearing, bearing
from ringfence.advisories.claims import Claim, claims
from ringfence.advisories.delivery import Note
from ringfence.advisories.names import ecosystem_key, family, package_key
from ringfence.errors import RingfenceError, Unavailable, UnreadableInput
from ringfence.io.database import reading, replacing
from ringfence.io.http import Validator
from ringfence.model.advisory import Advisory
from ringfence.model.fact import Fact
from ringfence.model.kernel_cve import KernelCve
from ringfence.model.rating import Rating
from ringfence.model.support import PackageSupport, SupportEnd

APPLICATION_ID = 0x52464E31
"""`RFN1`: tells our SQLite files from others (PRAGMA application_id)."""
SCHEMA_VERSION = 5
"""Raised when the tables change; a store of another version is made anew."""
ENVIRONMENT = "RINGFENCE_DB"
"""The environment variable that names the store."""

_TABLES = """
CREATE TABLE source(
    feed TEXT, ecosystem TEXT, url TEXT, licence TEXT, fetched TEXT, newest TEXT, records INTEGER,
    PRIMARY KEY (feed, ecosystem)) WITHOUT ROWID;
CREATE TABLE advisory(
    number INTEGER PRIMARY KEY, feed TEXT, ecosystem TEXT, id TEXT, listed TEXT, modified TEXT, body BLOB,
    UNIQUE (feed, ecosystem, id));
CREATE TABLE affected(
    ecosystem TEXT, package TEXT, number INTEGER, claim BLOB,
    PRIMARY KEY (ecosystem, package, number)) WITHOUT ROWID;
CREATE TABLE validator(
    feed TEXT, ecosystem TEXT, url TEXT, etag TEXT, modified TEXT,
    PRIMARY KEY (feed, ecosystem, url)) WITHOUT ROWID;
CREATE TABLE bearing(
    ecosystem TEXT, package TEXT, body BLOB,
    PRIMARY KEY (ecosystem, package)) WITHOUT ROWID;
CREATE INDEX affected_number ON affected(number);
CREATE TABLE name(
    name TEXT, number INTEGER,
    PRIMARY KEY (name, number)) WITHOUT ROWID;
CREATE INDEX name_number ON name(number);
CREATE TABLE coverage(
    feed TEXT, family TEXT, ecosystem TEXT,
    PRIMARY KEY (feed, family, ecosystem)) WITHOUT ROWID;
CREATE TABLE note(
    kind TEXT, key TEXT, feed TEXT, ecosystem TEXT, modified TEXT, body BLOB,
    PRIMARY KEY (kind, key, feed)) WITHOUT ROWID;
CREATE INDEX note_source ON note(feed, ecosystem);
"""
_BATCH = 500
"""Records read by one statement."""
_MEND = "run 'ringfence db update'"
_T = TypeVar("_T")


class SourceStatus(Fact):
    """What the store has of one ecosystem: where from, fetched when, how many records, the newest one's date."""

    feed: str
    ecosystem: str
    url: str
    licence: str
    fetched: str
    newest: str
    records: int


def default_path(environment: Mapping[str, str]) -> str:
    """Where the store is unless the caller says otherwise: $RINGFENCE_DB, else the user's data folder (XDG)."""
    named = environment.get(ENVIRONMENT)
    if named:
        return named
    base = environment.get("XDG_DATA_HOME") or os.path.join(os.path.expanduser("~"), ".local", "share")
    return os.path.join(base, "ringfence", "advisories.db")


@dataclass(slots=True)
class Store:
    """An open store. What was read once is kept, so it is asked about a whole inventory at a time."""

    connection: Connection
    path: str = ""
    _bodies: dict[int, Advisory] = field(default_factory=dict)

    def ecosystems(self) -> frozenset[str]:
        """The ecosystems there is data for, with their release where they have one (`PyPI`, `Debian:12`)."""
        # What an update asked for counts even if nothing in it has an advisory; evidence alone is no data.
        found = self.connection.execute(
            "SELECT ecosystem FROM coverage UNION SELECT ecosystem FROM source WHERE records = 0"
        )
        return frozenset(row[0] for row in found)

    def find(self, ecosystem: str, names: Iterable[str]) -> dict[str, tuple[Advisory, ...]]:
        """The advisories of each named package (as `names.package_key` spells it) that has any; withdrawn ones too."""
        here = ecosystem_key(ecosystem)
        found: dict[str, tuple[Advisory, ...]] = {}
        cursor = self.connection.cursor()
        for name in names:
            rows = cursor.execute("SELECT number FROM affected WHERE ecosystem = ? AND package = ?", (here, name)).fetchall()
            if rows:
                found[name] = tuple(self._body(row[0]) for row in rows)
        return found

    def bearings(self, ecosystem: str, names: Iterable[str]) -> Iterator[tuple[str, Bearing]]:
        """What the records say of each named package that any is about, withdrawn records left out."""
        here = ecosystem_key(ecosystem)
        cursor = self.connection.cursor()
        query, decode = "SELECT body FROM bearing WHERE ecosystem = ? AND package = ?", _bearings.decode
        try:
            for name in names:
                row = cursor.execute(query, (here, name)).fetchone()
                if row:
                    yield name, decode(row[0])
        except msgspec.DecodeError as cause:
            raise UnreadableInput(f"has a broken record: {cause}", where=self.path, mend=_MEND) from cause

    def fetch(self, numbers: Iterable[int]) -> None:
        """Reads records that will be asked for, many at a time and in the order they lie in."""
        wanted = sorted(number for number in numbers if number not in self._bodies)
        for start in range(0, len(wanted), _BATCH):
            part = wanted[start : start + _BATCH]
            marks = ",".join("?" * len(part))
            rows = self.connection.execute(f"SELECT number, body FROM advisory WHERE number IN ({marks})", part)  # noqa: S608 - marks only
            for number, body in rows:
                self._bodies[number] = _decoded(body, Advisory, self.path)

    def advisory(self, number: int) -> Advisory:
        """The record at a place in the store."""
        return self._body(number)

    def named(self, name: str) -> tuple[Advisory, ...]:
        """The records with this id or alias, in any ecosystem."""
        rows = self.connection.execute("SELECT number FROM name WHERE name = ? ORDER BY number", (name,)).fetchall()
        return tuple(self._body(row[0]) for row in rows)

    def ids(self, feed: str) -> frozenset[str]:
        """The ids of all records of a feed."""
        return frozenset(row[0] for row in self.connection.execute("SELECT id FROM advisory WHERE feed = ?", (feed,)))

    def about(self, package: str) -> tuple[tuple[str, Advisory], ...]:
        """The records about packages of this name, each with its ecosystem, in every ecosystem."""
        found: list[tuple[str, Advisory]] = []
        for ecosystem in sorted(self.ecosystems()):
            key = package_key(family(ecosystem), package)
            found.extend((ecosystem, item) for item in self.find(ecosystem, [key]).get(key, ()))
        return tuple(found)

    def sources(self) -> tuple[SourceStatus, ...]:
        """What is in the store, by ecosystem."""
        rows = self.connection.execute(
            "SELECT feed, ecosystem, url, licence, fetched, newest, records FROM source ORDER BY ecosystem, feed"
        )
        return tuple(
            SourceStatus(
                feed=row[0], ecosystem=row[1], url=row[2], licence=row[3], fetched=row[4], newest=row[5], records=row[6]
            )
            for row in rows
        )

    def kernel_cves(self) -> tuple[KernelCve, ...]:
        """Every kernel CVE there is a record of, by id."""
        rows = self.connection.execute("SELECT body FROM note WHERE kind = ? ORDER BY key", (KernelCve.__name__,))
        return tuple(_decoded(row[0], KernelCve, self.path) for row in rows)

    def kernel_cve(self, id_: str) -> KernelCve | None:
        """The record of one kernel CVE."""
        row = self.connection.execute(
            "SELECT body FROM note WHERE kind = ? AND key = ?", (KernelCve.__name__, id_)
        ).fetchone()
        return _decoded(row[0], KernelCve, self.path) if row else None

    def ratings(self, cves: Iterable[str]) -> dict[str, Rating]:
        """What all feeds together say of each CVE that any of them rates."""
        found: dict[str, Rating] = {}
        cursor = self.connection.cursor()
        for cve in dict.fromkeys(cves):
            rows = cursor.execute(
                "SELECT body FROM note WHERE kind = ? AND key = ? ORDER BY feed", (Rating.__name__, cve)
            ).fetchall()
            if rows:
                found[cve] = _together([_decoded(row[0], Rating, self.path) for row in rows])
        return found

    def support_ends(self) -> tuple[SupportEnd, ...]:
        """Until when releases get fixes; of several words on one the distribution's own comes first."""
        return self._notes(SupportEnd)

    def package_support(self) -> tuple[PackageSupport, ...]:
        """The packages whose support has ended before their release's, or is limited."""
        return self._notes(PackageSupport)

    def _notes(self, kind: type[_T]) -> tuple[_T, ...]:
        rows = self.connection.execute("SELECT body FROM note WHERE kind = ? ORDER BY key, feed", (kind.__name__,))
        return tuple(_decoded(row[0], kind, self.path) for row in rows)

    def _body(self, number: int) -> Advisory:
        known = self._bodies.get(number)
        if known is None:
            row = self.connection.execute("SELECT body FROM advisory WHERE number = ?", (number,)).fetchone()
            known = self._bodies[number] = _decoded(row[0] if row else b"", Advisory, self.path)
        return known


@dataclass(slots=True)
class StoreWriter:
    """A store being written. `ecosystem` here is always a family (`Debian`): what a feed publishes as one piece."""

    connection: Connection

    def listed(self, feed: str, ecosystem: str) -> dict[str, str]:
        """The stamp of every record of an ecosystem, as the feed's listing gave it, by id."""
        rows = self.connection.execute("SELECT id, listed FROM advisory WHERE feed = ? AND ecosystem = ?", (feed, ecosystem))
        return dict(rows.fetchall())

    def clear(self, feed: str, ecosystem: str) -> None:
        """Takes out every record of an ecosystem."""
        for table in ("affected", "name"):
            self.connection.execute(
                f"DELETE FROM {table} WHERE number IN (SELECT number FROM advisory WHERE feed = ? AND ecosystem = ?)",  # noqa: S608 - two names of our own
                (feed, ecosystem),
            )
        for table in ("advisory", "note"):
            self.connection.execute(f"DELETE FROM {table} WHERE feed = ? AND ecosystem = ?", (feed, ecosystem))  # noqa: S608 - as above

    def remove(self, feed: str, ecosystem: str, ids: Iterable[str]) -> None:
        """Takes out the records with these ids."""
        for id_ in ids:
            row = self.connection.execute(
                "SELECT number FROM advisory WHERE feed = ? AND ecosystem = ? AND id = ?", (feed, ecosystem, id_)
            ).fetchone()
            if row:
                self.connection.execute("DELETE FROM affected WHERE number = ?", row)
                self.connection.execute("DELETE FROM name WHERE number = ?", row)
                self.connection.execute("DELETE FROM advisory WHERE number = ?", row)

    def put(self, feed: str, ecosystem: str, advisory: Advisory, listed: str) -> None:
        """Puts a record in, in place of one of the same id; of `affected`, only what is of this ecosystem counts."""
        self.remove(feed, ecosystem, (advisory.id,))
        mine = tuple(item for item in advisory.affected if family(item.ecosystem) == ecosystem)
        kept = msgspec.structs.replace(advisory, affected=mine, feed=feed)
        cursor = self.connection.execute(
            "INSERT INTO advisory(feed, ecosystem, id, listed, modified, body) VALUES (?, ?, ?, ?, ?, ?)",
            (feed, ecosystem, advisory.id, listed, advisory.modified, msgspec.msgpack.encode(kept)),
        )
        number = int(cursor.lastrowid or 0)
        self.connection.executemany(
            "INSERT OR IGNORE INTO affected VALUES (?, ?, ?, ?)",
            [(where, name, number, msgspec.msgpack.encode(claim)) for where, name, claim in claims(kept, number)],
        )
        self.connection.executemany(
            "INSERT OR IGNORE INTO name VALUES (?, ?)", [(name, number) for name in (advisory.id, *advisory.aliases)]
        )

    def validators(self, feed: str, ecosystem: str) -> dict[str, Validator]:
        """What servers said of the state of the files that an ecosystem's records were read from, by their addresses."""
        rows = self.connection.execute(
            "SELECT url, etag, modified FROM validator WHERE feed = ? AND ecosystem = ?", (feed, ecosystem)
        )
        return {row[0]: Validator(etag=row[1], modified=row[2]) for row in rows}

    def validate(self, feed: str, ecosystem: str, told: Mapping[str, Validator]) -> None:
        """Notes the state of the files that were read, in place of what was noted before."""
        self.connection.execute("DELETE FROM validator WHERE feed = ? AND ecosystem = ?", (feed, ecosystem))
        self.connection.executemany(
            "INSERT INTO validator VALUES (?, ?, ?, ?, ?)",
            [(feed, ecosystem, url, item.etag, item.modified) for url, item in told.items() if item.asking],
        )

    def index(self) -> None:
        """Puts together what all records say of each package; matching reads nothing else. To be called when all are in."""
        self.connection.execute("DELETE FROM bearing")
        rows = self.connection.execute("SELECT ecosystem, package, claim FROM affected ORDER BY ecosystem, package, number")
        made = (
            (*about, msgspec.msgpack.encode(bearing(_claims.decode(row[2]) for row in held)))
            for about, held in groupby(rows, key=lambda row: (row[0], row[1]))
        )
        self.connection.executemany("INSERT INTO bearing VALUES (?, ?, ?)", made)

    def note(self, feed: str, ecosystem: str, fact: Note) -> None:
        """Puts in a fact that is no advisory about a package, in place of the feed's one about the same CVE."""
        self.connection.execute(
            "INSERT OR REPLACE INTO note VALUES (?, ?, ?, ?, ?, ?)",
            (type(fact).__name__, fact.id, feed, ecosystem, fact.modified, msgspec.msgpack.encode(fact)),
        )

    def count(self, feed: str, ecosystem: str) -> int:
        """How many records a feed has of an ecosystem."""
        row = self.connection.execute(
            "SELECT (SELECT count(*) FROM advisory WHERE feed = ?1 AND ecosystem = ?2)"
            " + (SELECT count(*) FROM note WHERE feed = ?1 AND ecosystem = ?2)",
            (feed, ecosystem),
        ).fetchone()
        return int(row[0])

    def newest(self, feed: str, ecosystem: str) -> str:
        """When the newest record of an ecosystem was last modified: how old the data is, however fresh the download."""
        row = self.connection.execute(
            "SELECT max(modified) FROM (SELECT modified FROM advisory WHERE feed = ?1 AND ecosystem = ?2"
            " UNION ALL SELECT modified FROM note WHERE feed = ?1 AND ecosystem = ?2)",
            (feed, ecosystem),
        ).fetchone()
        return row[0] or ""

    def record(self, status: SourceStatus) -> None:
        """Notes where an ecosystem's records came from, when, and how many they are."""
        self.connection.execute(
            "INSERT OR REPLACE INTO source VALUES (?, ?, ?, ?, ?, ?, ?)", msgspec.structs.astuple(status)
        )

    def cover(self, feed: str, ecosystem: str) -> None:
        """Notes the ecosystems, with their releases, that a feed's records of a family are about: these have data."""
        self.connection.execute("DELETE FROM coverage WHERE feed = ? AND family = ?", (feed, ecosystem))
        self.connection.execute(
            "INSERT INTO coverage SELECT DISTINCT ?1, ?2, affected.ecosystem FROM advisory JOIN affected USING (number)"
            " WHERE feed = ?1 AND advisory.ecosystem = ?2",
            (feed, ecosystem),
        )


@contextmanager
def open_store(path: str) -> Iterator[Store]:
    """The store at `path`, for reading.

    Raises `Unavailable` if there is none or it is of another version (a run goes on without it and says so),
    `UnreadableInput` if it is something else.
    """
    with reading(path) as connection:
        if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
            raise UnreadableInput("is not an advisory store", where=path, mend=_MEND)
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version != SCHEMA_VERSION:
            raise Unavailable(f"is an advisory store of version {version}, not {SCHEMA_VERSION}", where=path, mend=_MEND)
        yield Store(connection, path)


@contextmanager
def rewrite_store(path: str) -> Iterator[StoreWriter]:
    """A writer for the store at `path`, beginning with what the old one has; it takes effect if the block ends well.

    Raises `UnreadableInput` rather than overwrite a file that is no store of ours, `Unavailable` if it cannot be written.
    """
    with replacing(path, _is_current) as (connection, kept):
        if not kept:
            for statement in _TABLES.split(";"):  # executescript would end the transaction
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
        yield StoreWriter(connection)


def _is_current(path: str) -> bool:
    if not os.path.exists(path) or os.path.getsize(path) == 0:
        return False
    try:
        with open_store(path):
            return True
    except RingfenceError:
        with reading(path) as connection:
            ours = connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
        if not ours:
            raise UnreadableInput("is a database of something else", where=path, mend="name another with --db") from None
        return False


def _together(ratings: list[Rating]) -> Rating:
    """What each says that none before it said."""
    said: dict[str, object] = {}
    for item in ratings:
        told = {name: value for name, value in msgspec.structs.asdict(item).items() if value not in (None, "", ())}
        said = told | said
    # What one saw in use counts more than what another knows only as a proof.
    exploitation = max((item.exploitation for item in ratings), key=lambda said: _EXPLOITATION.get(said, 0))
    return msgspec.convert({**said, "exploitation": exploitation}, Rating)


_EXPLOITATION = {"": -1, "none": 0, "poc": 1, "active": 2}
"""SSVC's points; the worst counts."""
_claims = msgspec.msgpack.Decoder(Claim)
_bearings = msgspec.msgpack.Decoder(Bearing)


def _decoded(body: bytes, kind: type[_T], path: str) -> _T:
    try:
        return msgspec.msgpack.decode(body, type=kind)
    except msgspec.DecodeError as cause:
        raise UnreadableInput(f"has a broken record: {cause}", where=path, mend=_MEND) from cause
