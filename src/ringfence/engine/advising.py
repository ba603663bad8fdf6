"""The advisory store as its owner sees it: brought up to date, described, and asked about one id or one package."""

import os
from collections.abc import Callable
from typing import NamedTuple, cast

import msgspec

from ringfence.advisories.delivery import FeedModule
from ringfence.advisories.match import Matching, match
from ringfence.advisories.names import family, of_purl, package_key
from ringfence.advisories.store import SourceStatus, Store, default_path, open_store
from ringfence.advisories.update import DEFAULT_ECOSYSTEMS, Source, Update, Updated
from ringfence.engine.index import plugin, plugins
from ringfence.engine.vulnerabilities import schemes
from ringfence.errors import WrongUsage
from ringfence.formats import purl
from ringfence.io.bucket import open_bucket
from ringfence.model.advisory import Advisory
from ringfence.model.fact import Fact
from ringfence.model.package import Package

USUAL = "osv"
"""The feed that `--from` is of unless another is named."""


class Holdings(Fact):
    """What the store has, source by source, and the ecosystems of our package readers that it has nothing of."""

    path: str
    sources: tuple[SourceStatus, ...]
    holes: tuple[str, ...]


class Found(Fact):
    """What the store says about `asked`: the records, and for a package URL with a version how they bear on it."""

    asked: str
    records: tuple[Advisory, ...]
    matching: Matching | None = None


class Order(NamedTuple):
    """What to bring up to date: the store (empty: the default one), where from (empty: the feeds' own), what of it."""

    db: str = ""
    origin: str = ""
    feeds: tuple[str, ...] = ()
    ecosystems: tuple[str, ...] = ()


def store_path(db: str) -> str:
    """The store's path: `db`, or the default one."""
    return db or default_path(os.environ)


def update(order: Order, now: str, progress: Callable[[str], None]) -> Updated:
    """Brings the store up to date. Raises `WrongUsage` for an unknown feed, `Unavailable` if nothing could be had."""
    sources = [
        Source(feed, open_bucket(order.origin or feed.FEED.url), order.ecosystems)
        for feed in _feeds(order.feeds or (USUAL,))
    ]
    return Update(store_path(order.db), now, progress).run(sources)


def holdings(db: str) -> Holdings:
    """What the store has. Raises `Unavailable` if there is none."""
    path = store_path(db)
    with open_store(path) as store:
        sources = store.sources()
    have = {item.ecosystem for item in sources}
    return Holdings(path=path, sources=sources, holes=tuple(name for name in DEFAULT_ECOSYSTEMS if name not in have))


def lookup(db: str, asked: str) -> Found:
    """The records with the id or alias `asked`, or about the package it names as a package URL.

    Raises `Unavailable` if there is no store, `Malformed` for a package URL that is none.
    """
    with open_store(store_path(db)) as store:
        if not asked.lower().startswith("pkg:"):
            return Found(asked=asked, records=store.named(asked.upper()) or store.named(asked))
        return _package(store, asked, purl.parse(asked))


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


def _feeds(slugs: tuple[str, ...]) -> tuple[FeedModule, ...]:
    found: list[FeedModule] = []
    for slug in slugs:
        item = plugin("FEED", slug)
        if item is None:
            known = ", ".join(feed.slug for feed in plugins("FEED"))
            raise WrongUsage(f"there is no feed {slug!r}", mend=f"known are {known}")
        found.append(cast("FeedModule", item.load()))
    return tuple(found)
