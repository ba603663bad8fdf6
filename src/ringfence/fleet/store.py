"""The fleet's file: saved Stacks of many nodes and clusters, and what follows from them, in one SQLite database.

A Stack is taken section by section: one whose facts are the same as before costs a comparison. Every Stack is one
transaction, so whoever reads sees it whole or not at all, and so does the next process after a kill at any point.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from sqlite3 import Connection
from typing import NamedTuple

import msgspec
import zstandard

from ringfence.engine.collecting import facts_in, read_stack
from ringfence.engine.storeys import Gathered, StoreyFacts, relations
from ringfence.errors import UnreadableInput
from ringfence.fleet.packing import pack
from ringfence.graph.clusters import within
from ringfence.io import packaged
from ringfence.io.database import Kind, changing
from ringfence.model.fact import Fact
from ringfence.model.finding import Problem, Storey
from ringfence.model.stack import Section

ENVIRONMENT = "RINGFENCE_STATE"
"""The environment variable that names the fleet's file."""
MAX_FACTS_BYTES = 1024 * 1024 * 1024
"""Bytes that the facts of one section unpack to, at most: what a saved stack may have altogether."""
DRAWN = "drawn by"
"""The note that says which code made the parcels: where another one runs, they are made anew."""

KIND = Kind(
    application_id=0x52464632,  # `RFF2`
    version=1,
    mend="name another file with --state",
    tables="""
CREATE TABLE stack(
    name TEXT PRIMARY KEY, cluster TEXT, node TEXT, collected TEXT, taken TEXT, made_by TEXT, problems BLOB) WITHOUT ROWID;
CREATE TABLE section(
    number INTEGER PRIMARY KEY, stack TEXT, storey TEXT, source TEXT, target TEXT, place INTEGER, digest BLOB, facts BLOB,
    parcel BLOB, UNIQUE (stack, storey, source, target, place));
CREATE TABLE held(digest BLOB PRIMARY KEY, body BLOB) WITHOUT ROWID;
CREATE TABLE held_by(section INTEGER, digest BLOB, PRIMARY KEY (section, digest)) WITHOUT ROWID;
CREATE INDEX held_by_digest ON held_by(digest);
CREATE TABLE answer(number INTEGER PRIMARY KEY, key BLOB UNIQUE, body BLOB);
CREATE TABLE note(key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
""",
)
"""How the fleet's file is told from others, and its tables."""

_Key = tuple[str, str, str, int]
"""Which section of a Stack: its storey, source and target, and its place among those of the same."""


class Taken(NamedTuple):
    """What taking one Stack did, in sections."""

    name: str
    added: int
    changed: int
    gone: int
    same: int


class Standing(Fact):
    """A Stack that is kept: whose it is, when it was collected and taken (RFC 3339), how many sections, what it lacks."""

    name: str
    cluster: str
    node: str
    collected: str
    taken: str
    sections: int
    problems: tuple[Problem, ...] = ()


def default_path(environment: Mapping[str, str]) -> str:
    """Where the fleet's file is unless the caller says otherwise: $RINGFENCE_STATE, else the user's data folder (XDG)."""
    base = environment.get("XDG_DATA_HOME") or os.path.join(os.path.expanduser("~"), ".local", "share")
    return environment.get(ENVIRONMENT) or os.path.join(base, "ringfence", "fleet.db")


def take(path: str, data: bytes, where: str, at: str, *, cluster: str = "", name: str = "") -> Taken:
    """Takes a saved Stack (`data`, read from `where`) into the file at `path`, in place of the one of its name.

    The name is the node's that it was collected on, within its cluster, unless another is given. `at` is the time (RFC
    3339). Raises `UnreadableInput` if it is no Stack, `Unavailable` if the file cannot be written.
    """
    stack = read_stack(data, where)
    key = "/".join(part for part in (cluster, name or stack.node) if part)
    with changing(path, KIND) as connection:
        redraw(connection)
        before = _kept(connection, key)
        added = changed = same = 0
        for place, section in _placed(stack.sections):
            number, digest = before.pop(place, (0, b""))
            now = sha256(section.facts).digest()
            if digest == now:
                same += 1
                continue
            added, changed = added + (not number), changed + bool(number)
            _drop(connection, number)
            made = _add(connection, key, place, section, now)
            _draw(connection, made, facts_in(section.storey, section.facts, where), section.storey, cluster)
        for number, _ in before.values():
            _drop(connection, number)
        connection.execute(
            "INSERT OR REPLACE INTO stack VALUES (?, ?, ?, ?, ?, ?, ?)",
            (key, cluster, stack.node, stack.collected_at, at, stack.made_by, msgspec.json.encode(stack.problems)),
        )
        if changed or before:
            _let_go(connection)
    return Taken(key, added, changed, len(before), same)


def forget(path: str, names: Iterable[str]) -> tuple[str, ...]:
    """Forgets the Stacks of these names. Those that there were. Raises `Unavailable` if the file cannot be written."""
    found = []
    with changing(path, KIND) as connection:
        for name in names:
            if connection.execute("DELETE FROM stack WHERE name = ?", (name,)).rowcount:
                found.append(name)
                for number, _ in _kept(connection, name).values():
                    _drop(connection, number)
        _let_go(connection)
    return tuple(found)


def standing(connection: Connection) -> tuple[Standing, ...]:
    """Every Stack that is kept."""
    rows = connection.execute(
        "SELECT name, cluster, node, collected, taken, problems, (SELECT count(*) FROM section WHERE stack = name)"
        " FROM stack ORDER BY name"
    )
    problems = msgspec.json.Decoder(tuple[Problem, ...])
    return tuple(
        Standing(
            name=name,
            cluster=cluster,
            node=node,
            collected=collected,
            taken=taken,
            sections=sections,
            problems=problems.decode(told),
        )
        for name, cluster, node, collected, taken, told, sections in rows
    )


def gathered(connection: Connection, storeys: Iterable[Storey]) -> Iterator[Gathered]:
    """The facts of some storeys, as they were collected. Raises `UnreadableInput`."""
    for storey in storeys:
        rows = connection.execute("SELECT source, target, facts FROM section WHERE storey = ?", (storey.value,))
        for source, target, facts in rows:
            yield Gathered(storey, source, target, facts_in(storey, _unpacked(facts), target))


def drawing() -> str:
    """A digest of the code that says what facts are to each other."""
    return packaged.fingerprint("fleet", "formats", "graph", "layers", "model")


def redraw(connection: Connection) -> None:
    """Makes every parcel anew where another version of the program made them; its answers are of no use then either."""
    now = drawing()
    if connection.execute("SELECT value FROM note WHERE key = ?", (DRAWN,)).fetchone() == (now,):
        return
    connection.execute("DELETE FROM held_by")
    connection.execute("DELETE FROM held")
    rows = connection.execute(
        "SELECT number, storey, facts, cluster, stack FROM section JOIN stack ON section.stack = stack.name"
    ).fetchall()
    for number, storey, facts, cluster, stack in rows:
        _draw(connection, number, facts_in(Storey(storey), _unpacked(facts), stack), Storey(storey), cluster)
    connection.execute("INSERT OR REPLACE INTO note VALUES (?, ?)", (DRAWN, now))


def _kept(connection: Connection, name: str) -> dict[_Key, tuple[int, bytes]]:
    rows = connection.execute("SELECT storey, source, target, place, number, digest FROM section WHERE stack = ?", (name,))
    return {(storey, source, target, place): (number, digest) for storey, source, target, place, number, digest in rows}


def _placed(sections: Iterable[Section]) -> Iterator[tuple[_Key, Section]]:
    """Each section with what tells it from the others of its Stack."""
    seen: dict[tuple[str, str, str], int] = {}
    for section in sections:
        key = (section.storey.value, section.source, section.target)
        seen[key] = seen.get(key, -1) + 1
        yield (*key, seen[key]), section


def _add(connection: Connection, stack: str, place: _Key, section: Section, digest: bytes) -> int:
    """A new section, its parcel still to be made; its number."""
    made = connection.execute(
        "INSERT INTO section(stack, storey, source, target, place, digest, facts) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (stack, *place, digest, zstandard.compress(bytes(section.facts), 3)),
    )
    return made.lastrowid or 0


def _draw(connection: Connection, number: int, facts: StoreyFacts, storey: Storey, cluster: str) -> None:
    """The parcel of a section: what its facts are to each other and to the rest."""
    packed = pack(within(relations(Gathered(storey, "", "", facts)), cluster))
    connection.executemany("INSERT OR IGNORE INTO held VALUES (?, ?)", packed.held.items())
    connection.executemany("INSERT INTO held_by VALUES (?, ?)", ((number, key) for key in packed.held))
    connection.execute("UPDATE section SET parcel = ? WHERE number = ?", (packed.parcel, number))


def _drop(connection: Connection, number: int) -> None:
    connection.execute("DELETE FROM section WHERE number = ?", (number,))
    connection.execute("DELETE FROM held_by WHERE section = ?", (number,))


def _let_go(connection: Connection) -> None:
    """Of what is held once for all, what nobody refers to any more."""
    connection.execute("DELETE FROM held WHERE digest NOT IN (SELECT digest FROM held_by)")


def _unpacked(data: bytes) -> bytes:
    try:
        return zstandard.decompress(data, max_output_size=MAX_FACTS_BYTES)
    except zstandard.ZstdError as cause:
        raise UnreadableInput(f"has damaged facts: {cause}", mend="take its stacks into another file") from cause
