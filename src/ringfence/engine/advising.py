"""The advisory store as its owner sees it: brought up to date, described, and asked about one id or one package."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import NamedTuple, cast

import msgspec

from ringfence.advisories.delivery import FeedModule
from ringfence.advisories.match import Matching, match
from ringfence.advisories.names import family, of_purl, package_key
from ringfence.advisories.store import SourceStatus, Store, default_path, open_store
from ringfence.advisories.update import DEFAULT_ECOSYSTEMS, Source, Update, Updated
from ringfence.engine.index import plugin, plugins
from ringfence.engine.vulnerabilities import schemes
from ringfence.errors import RingfenceError, Unavailable, WrongUsage
from ringfence.formats import nvd, purl, typed_json
from ringfence.io import database
from ringfence.io.bucket import open_bucket, save
from ringfence.model.advisory import Advisory
from ringfence.model.declare import Feed
from ringfence.model.fact import Fact
from ringfence.model.finding import Problem
from ringfence.model.kernel_cve import KernelCve
from ringfence.model.package import Package
from ringfence.model.rating import Rating

CPE = "CPE"
"""The ecosystem of what CPE names name."""
USUAL = "osv"
"""The feed that `--from` is of unless another is named."""
MIRROR = "ringfence-mirror.json"
"""The file that makes a folder a mirror: which feeds it has."""
MAX_MIRROR_BYTES = 1024 * 1024
"""Bytes of that file."""


class Holdings(Fact):
    """What the store has, source by source, and the ecosystems of our package readers that it has nothing of.

    `unfetched` are the feeds it has nothing of.
    """

    path: str
    sources: tuple[SourceStatus, ...]
    holes: tuple[str, ...]
    unfetched: tuple[str, ...] = ()


class Found(Fact):
    """What the store says about `asked`: the records, and for a package or product with a version how they bear on it.

    `rating` is how urgent a CVE is, `kernel` the kernel's own record of it.
    """

    asked: str
    records: tuple[Advisory, ...]
    matching: Matching | None = None
    rating: Rating | None = None
    kernel: KernelCve | None = None


class Order(NamedTuple):
    """What to bring up to date: the store (empty: the default one), where from (empty: the feeds' own), what of it.

    `force` takes what a source has though it lost half of it.
    """

    db: str = ""
    origin: str = ""
    feeds: tuple[str, ...] = ()
    ecosystems: tuple[str, ...] = ()
    force: bool = False


class Mirrored(Fact):
    """What a mirror has: its feeds, each with the address it was taken from. The file `MIRROR` at its root."""

    made_at: str
    feeds: dict[str, str]


def store_path(db: str) -> str:
    """The store's path: `db`, or the default one."""
    return db or default_path(os.environ)


def update(order: Order, now: str, progress: Callable[[str], None]) -> Updated:
    """Brings the store up to date. Raises `WrongUsage` for an unknown feed, `Unavailable` if nothing could be had.

    From a mirror every feed it has is read; from any other `origin` the one named, or OSV.
    """
    return Update(store_path(order.db), now, progress, order.force).run(_sources(order))


def _sources(order: Order) -> list[Source]:
    usual = tuple(item.slug for item in plugins("FEED") if item.fields.get("usual"))
    if not order.origin:
        return [_source(feed, feed.FEED.url, order) for feed in _feeds(order.feeds or usual)]
    mirrored = _mirrored(order.origin)
    if mirrored is None:
        return [_source(feed, order.origin, order) for feed in _feeds(order.feeds or (USUAL,))]
    chosen = order.feeds or tuple(slug for slug in mirrored.feeds if plugin("FEED", slug))
    return [_source(feed, f"{order.origin.rstrip('/')}/{feed.FEED.slug}", order) for feed in _feeds(chosen)]


def _source(feed: FeedModule, ref: str, order: Order) -> Source:
    # Only OSV has many ecosystems to choose from; the others are about what they are about.
    return Source(feed, open_bucket(ref), order.ecosystems if feed.FEED.slug == USUAL else ())


def _mirrored(origin: str) -> Mirrored | None:
    bucket = open_bucket(origin)
    file = None if bucket.single else bucket.open(MIRROR, MAX_MIRROR_BYTES)
    if file is None:
        return None
    with file:
        return typed_json.decode(file.read(), Mirrored, "mirror's list of feeds")


def mirror(
    folder: str, order: Order, now: str, progress: Callable[[str], None]
) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
    """Copies what an update would read into `folder`, for `update` elsewhere: the feeds had, and what could not be.

    Every file is read to its end by the feed's own parser, so that a broken one is found here.
    """
    had: dict[str, str] = {}
    problems: list[Problem] = []
    for source in _sources(order):
        slug = source.feed.FEED.slug
        bucket = replace(source.bucket, keep=os.path.join(folder, slug))
        names = source.wanted or source.feed.ecosystems(bucket) or DEFAULT_ECOSYSTEMS
        for name in names:
            progress(f"{slug}: {name} from {bucket.ref}")
            try:
                delivery = source.feed.deliver(bucket, name, {}, lambda _id, _why: None)
                count = sum(1 for _ in delivery.records) if delivery else 0
                if count:
                    had[slug] = bucket.ref
            except RingfenceError as cause:
                problems.append(Problem(where=cause.where or slug, why=f"{name}: {cause.wrong}", mend=cause.mend))
    if had:
        before = _mirrored(folder)
        together = {**before.feeds, **had} if before else had
        save(os.path.join(folder, MIRROR), msgspec.json.encode(Mirrored(made_at=now, feeds=together)))
    return tuple(had), tuple(problems)


def export(db: str, out: str) -> int:
    """Writes the store as one file for another machine; the bytes written. Raises `Unavailable` if there is none."""
    path = store_path(db)
    with open_store(path):
        return database.pack(path, out)


def take(db: str, file: str) -> Holdings:
    """Makes an exported file the store. Raises `UnreadableInput`, and leaves the old store, if it is none of ours."""
    path = store_path(db)
    with database.unpacking(file, path) as made, open_store(made):
        pass
    return holdings(db)


def holdings(db: str) -> Holdings:
    """What the store has. Raises `Unavailable` if there is none."""
    path = store_path(db)
    with open_store(path) as store:
        sources = store.sources()
        have = {family(name) for name in store.ecosystems()}  # evidence alone is no data
    fetched = {item.feed for item in sources}
    return Holdings(
        path=path,
        sources=sources,
        holes=tuple(name for name in DEFAULT_ECOSYSTEMS if name not in have),
        unfetched=tuple(item.slug for item in plugins("FEED") if item.slug not in fetched),
    )


def stale(db: str, now: str, days: int) -> tuple[Problem, ...]:
    """A problem if anything in the store was fetched more than `days` ago (0: no limit); none where there is no store."""
    try:
        with open_store(store_path(db)) as store:
            sources = store.sources()
    except Unavailable:
        return ()
    ages = [(_days(item.fetched, now), f"{item.ecosystem} of {item.feed}") for item in sources]
    old = sorted((item for item in ages if days and item[0] > days), reverse=True)
    if not old:
        return ()
    oldest, which = old[0]
    more = f" and {len(old) - 1} more" if len(old) > 1 else ""
    why = f"{which}{more} was fetched {oldest} days ago, more than {days}: newer vulnerabilities are not known here"
    return (Problem(where=store_path(db), why=why, mend="run 'ringfence db update', or raise db-max-age"),)


def _days(then: str, now: str) -> int:
    return (date.fromisoformat(now[:10]) - date.fromisoformat(then[:10])).days


def lookup(db: str, asked: str) -> Found:
    """The records with the id or alias `asked`, or about the package it names as a package URL.

    `cpe:2.3:...` asks NVD's records of a product. Raises `Unavailable` if there is no store, `Malformed` for a package URL
    or a CPE name that is none.
    """
    with open_store(store_path(db)) as store:
        if asked.lower().startswith("cpe:"):
            return _product(store, asked)
        if not asked.lower().startswith("pkg:"):
            return _named(store, asked)
        return _package(store, asked, purl.parse(asked))


def _named(store: Store, asked: str) -> Found:
    records = store.named(asked.upper()) or store.named(asked)
    rating = store.ratings((asked.upper(),)).get(asked.upper())
    return Found(asked=asked, records=records, rating=rating, kernel=store.kernel_cve(asked.upper()))


def _product(store: Store, asked: str) -> Found:
    """What NVD says of a product by its CPE name; of a CVE that has an override only the override counts."""
    named = nvd.product(asked)
    overridden = store.ids("nvd-overrides")
    records = tuple(
        item
        for item in store.find(CPE, [named.name]).get(named.name, ())
        if item.feed == "nvd-overrides" or item.id not in overridden
    )
    if not named.version:
        return Found(asked=asked, records=tuple(_about(item, CPE, named.name) for item in records))
    package = Package(purl=asked, name=named.name, version=named.version, ecosystem=CPE)
    matching = match((package,), store, schemes())
    kept = tuple(item for item in matching.matches if any(item.advisory.id == record.id for record in records))
    return Found(
        asked=asked,
        records=tuple(item.advisory for item in kept),
        matching=msgspec.structs.replace(matching, matches=kept),
    )


def _package(store: Store, asked: str, named: purl.Purl) -> Found:
    ecosystem, name = of_purl(named)
    if named.version:
        package = Package(purl=asked, name=name, version=named.version, ecosystem=ecosystem)
        matching = match((package,), store, schemes())
        return Found(asked=asked, records=tuple(item.advisory for item in matching.matches), matching=matching)
    key = package_key(family(ecosystem), name)
    records = store.find(ecosystem, [key]).get(key, ())
    return Found(asked=asked, records=tuple(_about(item, ecosystem, key) for item in records))


def _about(record: Advisory, ecosystem: str, key: str) -> Advisory:
    """The record without what it says of other packages."""
    mine = (item for item in record.affected if package_key(family(ecosystem), item.name) == key)
    return msgspec.structs.replace(record, affected=tuple(mine))


def feeds() -> tuple[Feed, ...]:
    """What every feed declares."""
    return tuple(feed.FEED for feed in _feeds(tuple(item.slug for item in plugins("FEED"))))


def _feeds(slugs: tuple[str, ...]) -> tuple[FeedModule, ...]:
    found: list[FeedModule] = []
    for slug in slugs:
        item = plugin("FEED", slug)
        if item is None:
            known = ", ".join(feed.slug for feed in plugins("FEED"))
            raise WrongUsage(f"there is no feed {slug!r}", mend=f"known are {known}")
        found.append(cast("FeedModule", item.load()))
    return tuple(found)
