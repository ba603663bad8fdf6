"""Brings the store up to date from a feed, ecosystem by ecosystem; what could not be had is said, the rest is kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import msgspec

from ringfence.advisories.delivery import FeedModule
from ringfence.advisories.store import SourceStatus, StoreWriter, rewrite_store
from ringfence.errors import RingfenceError, Unavailable, UnreadableInput
from ringfence.io.bucket import Bucket
from ringfence.io.http import Unchanged
from ringfence.model.advisory import Advisory, Authority
from ringfence.model.fact import Fact
from ringfence.model.finding import Problem

DEFAULT_ECOSYSTEMS = (
    *("PyPI", "npm", "Go", "crates.io", "Maven", "RubyGems", "Packagist", "NuGet", "Hex", "Pub", "SwiftURL", "ConanCenter"),
    *("GitHub Actions", "Debian", "Alpine"),
)
"""What `ringfence db update` asks for unless told otherwise: what our package readers name."""
FEW = 20
"""Records below which a source may shrink as it likes."""
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
class Source:
    """A feed, where it is read from, and the ecosystems wanted of it (empty: all of a folder, else the usual ones)."""

    feed: FeedModule
    bucket: Bucket
    wanted: tuple[str, ...] = ()


@dataclass(slots=True)
class Update:
    """One run into the store at `path`: the moment (RFC 3339), and who is told of long work.

    A source that lost half its records, or whose newest record is older than what the store has, is refused and the old
    kept, unless `force`.
    """

    path: str
    now: str
    progress: Callable[[str], None] = lambda _line: None
    force: bool = False
    _imported: list[Imported] = field(default_factory=list)
    _missing: list[str] = field(default_factory=list)
    _problems: list[Problem] = field(default_factory=list)

    def run(self, sources: Sequence[Source]) -> Updated:
        """Imports every source; what one lacks or cannot give is said, and what the store had of it stays.

        Raises `Unavailable` if nothing at all could be had; the store then stays as it was. Raises what writing raises.
        """
        with rewrite_store(self.path) as writer:
            for source in sources:
                try:
                    self._feed(writer, source)
                except RingfenceError as cause:
                    self._failed(source.feed.FEED.slug, cause)
            if not self._imported:
                raise _nothing(sources, self._missing, self._problems)
            self.progress("putting together what is said of each package")
            writer.index()
        return Updated(tuple(self._imported), tuple(self._missing), tuple(self._problems))

    def _feed(self, writer: StoreWriter, source: Source) -> None:
        self.progress(f"{source.feed.FEED.slug}: asking {source.bucket.ref}")
        inside = source.feed.ecosystems(source.bucket)
        names = source.wanted or (DEFAULT_ECOSYSTEMS if inside is None else inside)
        for name in dict.fromkeys(names):
            if inside is not None and name not in inside:
                self._missing.append(name)
                continue
            unread = _Unread(name)
            try:
                done = self._one(writer, source, name, unread)
            except RingfenceError as cause:
                self._failed(name, cause)
                continue
            self._problems.extend(unread.problems())
            if done is None:
                self._missing.append(name)
            else:
                self._imported.append(done)

    def _failed(self, what: str, cause: RingfenceError) -> None:
        self._problems.append(Problem(where=cause.where or what, why=f"{what}: {cause.wrong}", mend=cause.mend))

    def _one(self, writer: StoreWriter, source: Source, ecosystem: str, unread: _Unread) -> Imported | None:
        slug = source.feed.FEED.slug
        authority = Authority(source.feed.FEED.authority)
        self.progress(f"{ecosystem}: asking {source.bucket.ref}")
        known = {} if self.force else writer.listed(slug, ecosystem)
        held = {} if self.force or not writer.count(slug, ecosystem) else writer.validators(slug, ecosystem)
        bucket = replace(source.bucket, held=held)
        try:
            delivery = source.feed.deliver(bucket, ecosystem, known, unread.add)
        except Unchanged:
            self._note(writer, source, ecosystem)
            return Imported(ecosystem=ecosystem, written=0, removed=0, whole=False)
        if delivery is None:
            return None
        before = _Extent(writer.count(slug, ecosystem), writer.newest(slug, ecosystem))
        writer.connection.execute("SAVEPOINT ecosystem")
        try:
            if delivery.whole:
                writer.clear(slug, ecosystem)
            writer.remove(slug, ecosystem, delivery.gone)
            count = 0
            for record, listed in delivery.records:
                if isinstance(record, Advisory):
                    writer.put(slug, ecosystem, msgspec.structs.replace(record, authority=authority), listed)
                else:
                    writer.note(slug, ecosystem, record)
                count += 1
                if count % 1000 == 0:
                    self.progress(f"{ecosystem}: {count:,} records")
            if not self.force and delivery.whole:
                _doubt(before, _Extent(writer.count(slug, ecosystem), writer.newest(slug, ecosystem)), source.bucket.ref)
        except RingfenceError:
            # Half an ecosystem is worse than an old one.
            writer.connection.execute("ROLLBACK TO ecosystem")
            raise
        finally:
            writer.connection.execute("RELEASE ecosystem")
        self._note(writer, source, ecosystem)
        writer.validate(slug, ecosystem, source.bucket.http.validators)
        if authority is not Authority.EVIDENCE:
            writer.cover(slug, ecosystem)
        return Imported(ecosystem=ecosystem, written=count, removed=len(delivery.gone), whole=delivery.whole)

    def _note(self, writer: StoreWriter, source: Source, ecosystem: str) -> None:
        slug = source.feed.FEED.slug
        writer.record(
            SourceStatus(
                feed=slug,
                ecosystem=ecosystem,
                url=source.bucket.ref,
                licence=source.feed.FEED.licence,
                fetched=self.now,
                newest=writer.newest(slug, ecosystem),
                records=writer.count(slug, ecosystem),
            )
        )


class _Extent(NamedTuple):
    """How much there is: records, and when the newest was changed."""

    records: int
    newest: str


def _doubt(before: _Extent, after: _Extent, where: str) -> None:
    """Raises `UnreadableInput` if a source became so much less that it is more likely broken, or an old copy."""
    mend = "check the source; --force takes it as it is"
    if before.records >= FEW and after.records * 2 < before.records:
        raise UnreadableInput(
            f"has {after.records:,} records where there were {before.records:,}; the old are kept", where=where, mend=mend
        )
    if before.newest[:4] > "0001" and after.newest[:4] > "0001" and after.newest[:10] < before.newest[:10]:
        wrong = f"its newest record is of {after.newest[:10]}, older than {before.newest[:10]}; the old are kept"
        raise UnreadableInput(wrong, where=where, mend=mend)


def _nothing(sources: Sequence[Source], missing: Sequence[str], problems: Sequence[Problem]) -> Unavailable:
    if problems:
        first = problems[0]
        return Unavailable(f"no advisories could be had: {first.why}", where=first.where, mend=first.mend)
    return Unavailable(
        f"has no advisories of {', '.join(missing) or 'any ecosystem'}",
        where=" ".join(source.bucket.ref for source in sources),
        mend="osv needs <ECOSYSTEM>/all.zip, as osv.dev's bucket has; other feeds the files their publisher has, by name",
    )
