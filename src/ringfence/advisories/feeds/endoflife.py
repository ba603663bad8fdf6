"""endoflife.date: until when release lines of distributions, runtimes and orchestrators get fixes.

Layout: `full`, the API's document of all products; or an archive of the repository, a page a product under `products/`.
Source: endoflife.date/docs/api/v1. Its days are of a release line, not of a distribution's backports.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import IO

from ringfence.advisories.delivery import SUPPORT, Delivery
from ringfence.errors import RingfenceError
from ringfence.formats import endoflife
from ringfence.formats.endoflife import Cycle
from ringfence.io.bucket import Bucket
from ringfence.io.publication import documents, unpacked
from ringfence.model.declare import Feed
from ringfence.model.support import SupportEnd

FEED = Feed(slug="endoflife", url="https://endoflife.date/api/v1/products", licence="MIT", usual=True)

FILE = "full"

DISTRIBUTIONS = {
    "alpine-linux": "alpine",
    "amazon-linux": "amzn",
    "centos-stream": "centos",
    "opensuse": "opensuse-leap",
    "oracle-linux": "ol",
    "rocky-linux": "rocky",
    "rhel": "rhel",
}
"""Products whose name is not os-release's ID."""
LONG = frozenset({"debian"})
"""Distributions whose extended support is for everybody; elsewhere it is sold."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def ecosystems(bucket: Bucket) -> tuple[str, ...]:  # noqa: ARG001 - all feeds are asked alike
    """It is about products."""
    return (SUPPORT,)


def deliver(bucket: Bucket, ecosystem: str, known: Mapping[str, str], report: Callable[[str, str], None]) -> Delivery | None:  # noqa: ARG001 - as above
    """All products. Raises `Unavailable`, `Malformed`, `LimitExceeded`."""
    file = bucket.file(FILE)
    if file is None:
        return None
    return Delivery(ecosystem, True, ((made, "") for item in _cycles(file, bucket.ref, report) if (made := end(item))))


def _cycles(file: IO[bytes], where: str, report: Callable[[str, str], None]) -> Iterator[Cycle]:
    if file.read(1) == b"{":
        file.seek(0)
        with file:
            yield from endoflife.products(unpacked(file, where).whole())
        return
    file.seek(0)
    for name, data in documents(file, where, ".md"):
        folder, _, base = name.rpartition("/")
        if not folder.endswith("products"):
            continue
        try:
            yield from endoflife.page(base.removesuffix(".md"), data)
        except RingfenceError as cause:
            report(name, cause.wrong)


def end(item: Cycle) -> SupportEnd | None:
    """When fixes for everybody end; None where no day is published."""
    name = DISTRIBUTIONS.get(item.product, item.product)
    day = (item.extended if name in LONG else "") or item.end
    if not _DAY.fullmatch(day):
        return None
    return SupportEnd(distribution=name, cycle=item.name, end_of_life=day, source="endoflife.date")
