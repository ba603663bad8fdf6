"""Photon OS as OVAL: a definition for each security update.

Layout: a file for each release. Source: VMware's Photon OVAL definitions; their `platform` names the release.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from ringfence.advisories.delivery import Delivery
from ringfence.advisories.oval_records import advisories
from ringfence.formats import oval
from ringfence.formats.oval import Definition
from ringfence.io.bucket import Bucket
from ringfence.io.publication import unpacked
from ringfence.model.advisory import Advisory
from ringfence.model.declare import Feed

FEED = Feed(
    slug="photon-oval",
    url="https://packages.vmware.com/photon/photon_oval_definitions",
    licence="Apache-2.0 as redistributed by claircore; facts",
    authority=2,
)

ECOSYSTEM = "Photon OS"
FILE = "com.vmware.phsa-photon{}.xml.gz"
RELEASES = ("3", "4", "5")

_PLATFORM = re.compile(r"Photon (?:OS )?(\d+)(?:\.\d+)?")


def ecosystems(bucket: Bucket) -> tuple[str, ...]:  # noqa: ARG001 - all feeds are asked alike
    """Photon OS."""
    return (ECOSYSTEM,)


def deliver(bucket: Bucket, ecosystem: str, known: Mapping[str, str], report: Callable[[str, str], None]) -> Delivery | None:  # noqa: ARG001 - as above
    """All releases. Raises `Unavailable`, `Malformed`, `LimitExceeded`."""
    if bucket.single:
        return Delivery(ecosystem, True, _records(bucket, ("",)))
    have = tuple(release for release in RELEASES if _has(bucket, release))
    return Delivery(ecosystem, True, _records(bucket, have)) if have else None


def _has(bucket: Bucket, release: str) -> bool:
    file = bucket.open(FILE.format(release))
    if file is not None:
        file.close()
    return file is not None


def _records(bucket: Bucket, releases: tuple[str, ...]) -> Iterator[tuple[Advisory, str]]:
    for release in releases:
        file = bucket.open_single() if bucket.single else bucket.open(FILE.format(release))
        if file is not None:
            with file:
                found = tuple(advisories(oval.parse(unpacked(file, bucket.ref)), _ecosystem))
            yield from ((item, item.modified) for item in found)


def _ecosystem(item: Definition) -> str:
    seen = next((found for text in item.platforms if (found := _PLATFORM.fullmatch(text))), None)
    return f"{ECOSYSTEM}:{seen[1]}.0" if seen else ""
