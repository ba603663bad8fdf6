"""Brings the store up to date from a feed, ecosystem by ecosystem; what could not be had is said, the rest is kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ringfence.advisories.delivery import FeedModule
from ringfence.advisories.store import SourceStatus, StoreWriter, rewrite_store
from ringfence.errors import RingfenceError, Unavailable
from ringfence.io.bucket import Bucket
from ringfence.model.fact import Fact
from ringfence.model.finding import Problem

DEFAULT_ECOSYSTEMS = ("PyPI", "npm", "Go", "crates.io", "Debian", "Alpine")
"""What `ringfence db update` asks for unless told otherwise: what our package readers name."""
MAX_REPORTED = 5
"""Unreadable records named one by one for each ecosystem; the rest are counted."""


class Imported(Fact):
    """What was done for one ecosystem: records written, and whether they replaced all there was."""

    ecosystem: str
    written: int
    removed: int
    whole: bool


@dataclass(frozen=True, slots=True)
class Updated:
    """The outcome: what was imported, what the source has nothing of, what went wrong."""

    imported: tuple[Imported, ...]
    missing: tuple[str, ...]
    problems: tuple[Problem, ...]


@dataclass(slots=True)
class _Unread:
    """Records of one ecosystem that could not be read."""

    ecosystem: str
    named: list[Problem] = field(default_factory=list)
    count: int = 0

    def add(self, id_: str, why: str) -> None:
        self.count += 1
        if self.count <= MAX_REPORTED:
            self.named.append(Problem(where=f"{self.ecosystem} {id_[:80]}", why=why))

    def problems(self) -> tuple[Problem, ...]:
        more = self.count - len(self.named)
        if not more:
            return tuple(self.named)
        return (*self.named, Problem(where=self.ecosystem, why=f"{more} more records could not be read"))


@dataclass(frozen=True, slots=True)
class Update:
    """One run: the feed, where it is read from, the moment (RFC 3339), and who is told of long work."""

    feed: FeedModule
    bucket: Bucket
    now: str
    progress: Callable[[str], None] = lambda _line: None

    def run(self, path: str, wanted: Sequence[str]) -> Updated:
        """Imports `wanted` (for a single file: those, or all it has if empty) into the store at `path`.

        Raises `Unavailable` if nothing at all could be had; the store then stays as it was. Raises what writing raises.
        """
        inside = self.feed.ecosystems(self.bucket)
        names = tuple(dict.fromkeys(wanted or (DEFAULT_ECOSYSTEMS if inside is None else inside)))
        imported: list[Imported] = []
        missing: list[str] = []
        problems: list[Problem] = []
        with rewrite_store(path) as writer:
            for name in names:
                if inside is not None and name not in inside:
                    missing.append(name)
                    continue
                unread = _Unread(name)
                try:
                    done = self._one(writer, name, unread)
                except RingfenceError as cause:
                    problems.append(Problem(where=cause.where or name, why=f"{name}: {cause.wrong}", mend=cause.mend))
                    continue
                problems.extend(unread.problems())
                if done is None:
                    missing.append(name)
                else:
                    imported.append(done)
            if not imported:
                raise _nothing(self.bucket.ref, names, problems)
        return Updated(tuple(imported), tuple(missing), tuple(problems))

    def _one(self, writer: StoreWriter, ecosystem: str, unread: _Unread) -> Imported | None:
        slug = self.feed.FEED.slug
        self.progress(f"{ecosystem}: asking {self.bucket.ref}")
        known = writer.listed(slug, ecosystem)
        delivery = self.feed.deliver(self.bucket, ecosystem, known, unread.add)
        if delivery is None:
            return None
        writer.connection.execute("SAVEPOINT ecosystem")
        try:
            if delivery.whole:
                writer.clear(slug, ecosystem)
            writer.remove(slug, ecosystem, delivery.gone)
            count = 0
            for advisory, listed in delivery.records:
                writer.put(slug, ecosystem, advisory, listed)
                count += 1
                if count % 1000 == 0:
                    self.progress(f"{ecosystem}: {count:,} records")
        except RingfenceError:
            # Half an ecosystem is worse than an old one.
            writer.connection.execute("ROLLBACK TO ecosystem")
            raise
        finally:
            writer.connection.execute("RELEASE ecosystem")
        writer.record(
            SourceStatus(
                feed=slug,
                ecosystem=ecosystem,
                url=self.bucket.ref,
                licence=self.feed.FEED.licence,
                fetched=self.now,
                newest=writer.newest(slug, ecosystem),
                records=0,
            )
        )
        return Imported(ecosystem=ecosystem, written=count, removed=len(delivery.gone), whole=delivery.whole)


def _nothing(ref: str, names: Sequence[str], problems: Sequence[Problem]) -> Unavailable:
    if problems:
        first = problems[0]
        return Unavailable(f"no advisories could be had: {first.why}", where=first.where, mend=first.mend)
    return Unavailable(
        f"has no advisories of {', '.join(names)}", where=ref, mend="it needs <ECOSYSTEM>/all.zip, as osv.dev's bucket has"
    )
