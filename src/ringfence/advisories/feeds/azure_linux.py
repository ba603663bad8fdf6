"""Azure Linux (CBL-Mariner before) as OVAL: a definition for each CVE and package.

Layout: a file for each release. Source: github.com/microsoft/AzureLinuxVulnerabilityData, README.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import IO

from ringfence.advisories.delivery import Delivery
from ringfence.advisories.oval_records import advisories
from ringfence.formats import oval
from ringfence.formats.oval import Definition
from ringfence.io.bucket import Bucket
from ringfence.io.publication import unpacked
from ringfence.model.advisory import Advisory
from ringfence.model.declare import Feed

FEED = Feed(
    slug="azure-linux",
    url="https://raw.githubusercontent.com/microsoft/AzureLinuxVulnerabilityData/main",
    licence="MIT (Microsoft)",
    authority=2,
)

ECOSYSTEM = "Azure Linux"
FILES = {
    "cbl-mariner-1.0-oval.xml": "1",
    "cbl-mariner-2.0-oval.xml": "2",
    "azurelinux-3.0-oval.xml": "3",
}
"""Files, and the release that each is about."""


def ecosystems(bucket: Bucket) -> tuple[str, ...]:  # noqa: ARG001 - all feeds are asked alike
    """Azure Linux."""
    return (ECOSYSTEM,)


def deliver(bucket: Bucket, ecosystem: str, known: Mapping[str, str], report: Callable[[str, str], None]) -> Delivery | None:  # noqa: ARG001 - as above
    """All releases. Raises `Unavailable`, `Malformed`, `LimitExceeded`."""
    if bucket.single:
        told = next(((name, release) for name, release in FILES.items() if name in bucket.ref), None)
        files = [(*told, bucket.open_single())] if told else []
    else:
        files = [(name, release, file) for name, release in FILES.items() if (file := bucket.open(name)) is not None]
    return Delivery(ecosystem, True, _records(files)) if files else None


def _records(files: list[tuple[str, str, IO[bytes]]]) -> Iterator[tuple[Advisory, str]]:
    for name, release, file in files:
        with file:
            found = tuple(advisories(oval.parse(unpacked(file, name)), _about(release)))
        # A CVE has a record for each release, so its id carries the release.
        yield from ((_of_release(item, release), item.modified) for item in found)


def _about(release: str) -> Callable[[Definition], str]:
    """Every definition of a file is about the file's release."""
    return lambda _: f"{ECOSYSTEM}:{release}"


def _of_release(item: Advisory, release: str) -> Advisory:
    return Advisory(
        id=f"{item.id}:azl{release}",
        modified=item.modified,
        summary=item.summary,
        aliases=(item.id,),
        severity=item.severity,
        affected=item.affected,
    )
