"""The fleet's file opened to be asked: the graph of everything in it, and the answers of earlier runs."""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from sqlite3 import Connection

import msgspec

from ringfence.engine.storeys import Gathered
from ringfence.errors import Unavailable, UnreadableInput
from ringfence.fleet.packing import Opener
from ringfence.fleet.store import DRAWN, KIND, Standing, drawing, gathered, redraw, standing
from ringfence.graph.assemble import Graph, assemble
from ringfence.graph.memory import digest
from ringfence.io import packaged
from ringfence.io.database import changing, consulting
from ringfence.model.finding import Problem, Storey
from ringfence.model.node import EdgeKind, NodeKind, Relations

MAX_ANSWERS = 4_000_000
"""Answers kept, some hundred bytes each; beyond, those that were found first go."""

Kinds = tuple[frozenset[NodeKind], frozenset[EdgeKind]]
"""The kinds of nodes and of edges that are read."""
OF_IMPACT: Kinds = (
    frozenset({NodeKind.HOST, NodeKind.COMPONENT, NodeKind.WORKLOAD, NodeKind.EXPOSURE}),
    frozenset(
        {
            *(EdgeKind.RUNS_ON, EdgeKind.HAS, EdgeKind.CALLS, EdgeKind.STARTED_BY, EdgeKind.IN_NAMESPACE, EdgeKind.READS),
            *(EdgeKind.EXPOSES, EdgeKind.MAY_EXPOSE),
        }
    ),
)
"""What the impact of a CVE is found from."""
OF_PATHS: Kinds = (
    frozenset(NodeKind) - {NodeKind.PACKAGE, NodeKind.LAYER},
    frozenset(EdgeKind) - {EdgeKind.CONTAINS, EdgeKind.HAS_LAYER},
)
"""What attack paths, and every change that can be supposed, are found from."""


@dataclass(slots=True)
class Answers:
    """Answers of earlier runs (`graph.memory.Memory`), those of other versions of the judging code left out.

    `asked` counts the questions that had to be judged, `known` those whose answer was there.
    """

    connection: Connection
    asked: int = 0
    known: int = 0
    new: dict[bytes, bytes] = field(default_factory=dict)
    _salt: bytes = field(default_factory=lambda: judging().encode())

    def get(self, key: bytes) -> bytes | None:
        """The answer kept under `key`."""
        own = digest(self._salt, key)
        if own in self.new:
            return self.new[own]
        row = self.connection.execute("SELECT body FROM answer WHERE key = ?", (own,)).fetchone()
        if row is None:
            return None
        self.known += 1
        body: bytes = row[0]
        return body

    def put(self, key: bytes, answer: bytes) -> None:
        """Keeps an answer, once `keep` is called for good."""
        self.new[digest(self._salt, key)] = answer


def judging() -> str:
    """A digest of the code that judges, and of the defaults that it supposes."""
    return packaged.fingerprint("graph", "model", "versions", "knowledge/runtime_defaults", "knowledge/system_calls")


@dataclass(slots=True)
class Fleet:
    """An open file. What is read of it is of one moment, whatever others write."""

    path: str
    connection: Connection
    answers: Answers

    def graph(self, kinds: Kinds, *, whole: bool = False) -> Graph:
        """The graph of some kinds of nodes and edges, with the answers of earlier runs.

        With `whole` confinements have what judgement does not look at, too.
        """
        # A million small values that all stay: looking for garbage among them would take as long as reading them.
        collecting = gc.isenabled()
        gc.disable()
        try:
            made = assemble(self._relations(kinds, Opener(self._held, whole=whole)))
        except msgspec.DecodeError as cause:
            raise UnreadableInput(f"is damaged: {cause}", where=self.path, mend=KIND.mend) from cause
        finally:
            gc.freeze()  # nor need it be looked for among them later: a graph has no cycles
            if collecting:
                gc.enable()
        return Graph(made.nodes, made.out, made.into, made.disagreements, self.answers)

    def _relations(self, kinds: Kinds, opener: Opener) -> Iterator[Relations]:
        for (parcel,) in self.connection.execute("SELECT parcel FROM section ORDER BY stack, storey, source, target, place"):
            yield opener.relations(parcel, *kinds)

    def _held(self, key: bytes) -> bytes:
        row = self.connection.execute("SELECT body FROM held WHERE digest = ?", (key,)).fetchone()
        if row is None:
            raise UnreadableInput("is damaged: a value is missing", where=self.path, mend=KIND.mend)
        body: bytes = row[0]
        return body

    def stacks(self) -> tuple[Standing, ...]:
        """The Stacks in it."""
        return standing(self.connection)

    def gathered(self, storeys: Iterable[Storey]) -> tuple[Gathered, ...]:
        """The facts of some storeys."""
        return tuple(gathered(self.connection, storeys))

    def problems(self) -> tuple[Problem, ...]:
        """What could not be told when the Stacks were collected, equal ones of several nodes together."""
        seen: dict[Problem, list[str]] = {}
        for stack in self.stacks():
            for problem in stack.problems:
                seen.setdefault(problem, []).append(stack.name)
        return tuple(
            msgspec.structs.replace(problem, where=f"{_several(names)}: {problem.where}") for problem, names in seen.items()
        )

    def keep(self) -> int:
        """Keeps the answers that are new, for the next run; how many. Nobody needs them: a read-only file keeps none."""
        new = self.answers.new
        if not new:
            return 0
        with suppress(Unavailable), changing(self.path, KIND) as connection:
            connection.executemany("INSERT OR IGNORE INTO answer(key, body) VALUES (?, ?)", new.items())
            connection.execute("DELETE FROM answer WHERE number <= (SELECT max(number) FROM answer) - ?", (MAX_ANSWERS,))
        return len(new)


@contextmanager
def opened(path: str) -> Iterator[Fleet]:
    """The fleet's file at `path`. Raises `Unavailable` if it is not there, `UnreadableInput` if it is none."""
    with consulting(path, KIND) as connection:
        drawn = connection.execute("SELECT value FROM note WHERE key = ?", (DRAWN,)).fetchone()
    if drawn != (drawing(),):
        with changing(path, KIND) as connection:
            redraw(connection)
    with consulting(path, KIND) as connection:
        yield Fleet(path, connection, Answers(connection))


def _several(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1:,} more"
