"""Oracle Linux as OVAL: a definition for each erratum (ELSA), for all releases in one file.

Source: linux.oracle.com/security, "OVAL". Errata of Ksplice, which patch a running kernel, are passed over.
"""

import re
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
    slug="oracle-oval",
    url="https://linux.oracle.com/security/oval",
    licence="Oracle's terms (linux.oracle.com); fetched by the user, never bundled",
    authority=2,
)

ECOSYSTEM = "Oracle Linux"
FILE = "com.oracle.elsa-all.xml.bz2"

_PLATFORM = re.compile(r"Oracle Linux (\d+)")


def ecosystems(bucket: Bucket) -> tuple[str, ...]:  # noqa: ARG001 - all feeds are asked alike
    """Oracle Linux."""
    return (ECOSYSTEM,)


def deliver(bucket: Bucket, ecosystem: str, known: Mapping[str, str], report: Callable[[str, str], None]) -> Delivery | None:  # noqa: ARG001 - as above
    """All errata. Raises `Unavailable`, `Malformed`, `LimitExceeded`."""
    file = bucket.file(FILE)
    return None if file is None else Delivery(ecosystem, True, _records(file, bucket.ref))


def _records(file: IO[bytes], where: str) -> Iterator[tuple[Advisory, str]]:
    with file:
        found = tuple(advisories(oval.parse(unpacked(file, where)), _ecosystem))
    yield from ((item, item.modified) for item in found)


def _ecosystem(item: Definition) -> str:
    if any("ksplice" in bound.version for bound in item.bounds):
        return ""
    seen = next((found for text in item.platforms if (found := _PLATFORM.fullmatch(text))), None)
    return f"{ECOSYSTEM}:{seen[1]}" if seen else ""
