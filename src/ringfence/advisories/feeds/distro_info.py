"""Debian's and Ubuntu's own lists of their releases: until when each gets fixes for everybody.

Layout: a CSV file for each distribution. Source: distro-info-data (Debian package, and its repository on salsa.debian.org).
"""

from collections.abc import Callable, Iterator, Mapping
from typing import IO

from ringfence.advisories.delivery import SUPPORT, Delivery
from ringfence.formats import distro_info
from ringfence.io.bucket import Bucket
from ringfence.io.publication import unpacked
from ringfence.model.declare import Feed
from ringfence.model.support import SupportEnd

FEED = Feed(
    slug="distro-info",
    url="https://salsa.debian.org/debian/distro-info-data/-/raw/main",
    licence="ISC",
    authority=2,
    usual=True,
)

FILES = {"debian": "debian.csv", "ubuntu": "ubuntu.csv"}


def ecosystems(bucket: Bucket) -> tuple[str, ...]:  # noqa: ARG001 - all feeds are asked alike
    """It is about distributions."""
    return (SUPPORT,)


def deliver(bucket: Bucket, ecosystem: str, known: Mapping[str, str], report: Callable[[str, str], None]) -> Delivery | None:  # noqa: ARG001 - as above
    """Both lists. Raises `Unavailable`, `Malformed`, `LimitExceeded`."""
    if bucket.single:
        name = next((id_ for id_ in FILES if id_ in bucket.ref.rpartition("/")[2]), "debian")
        return Delivery(ecosystem, True, _records(name, bucket.open_single()))
    files = [(id_, file) for id_, name in FILES.items() if (file := bucket.open(name)) is not None]
    return Delivery(ecosystem, True, (pair for id_, file in files for pair in _records(id_, file))) if files else None


def _records(distribution: str, file: IO[bytes]) -> Iterator[tuple[SupportEnd, str]]:
    with file:
        found = distro_info.parse(unpacked(file, distribution).whole())
    for item in found:
        day = item.eol_lts or item.eol
        if day:
            note = f"Ubuntu Pro until {item.eol_esm}" if item.eol_esm else ""
            made = SupportEnd(
                distribution=distribution, cycle=item.version, end_of_life=day, source="distro-info-data", note=note
            )
            yield made, ""
