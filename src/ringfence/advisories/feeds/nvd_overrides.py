"""What NVD's products should have been: configurations that NVD lacks or has too wide, kept by Anchore.

An override takes the place of all that NVD says of a CVE's products, so that one which names no product at all clears it.
Layout: an archive of the repository, `data/YEAR/CVE-*.json`. Source: github.com/anchore/nvd-data-overrides, README.
"""

from collections.abc import Callable, Iterator, Mapping

from ringfence.advisories.delivery import Delivery
from ringfence.advisories.feeds.nvd import ECOSYSTEM, affected
from ringfence.errors import RingfenceError
from ringfence.formats import nvd
from ringfence.io.bucket import Bucket
from ringfence.io.publication import documents
from ringfence.model.advisory import Advisory
from ringfence.model.declare import Feed

FEED = Feed(
    slug="nvd-overrides",
    url="https://codeload.github.com/anchore/nvd-data-overrides/tar.gz/refs/heads",
    licence="CC0-1.0 (Anchore)",
    authority=2,
)

FILE = "main"


def ecosystems(bucket: Bucket) -> tuple[str, ...]:  # noqa: ARG001 - all feeds are asked alike
    """What CPE names name."""
    return (ECOSYSTEM,)


def deliver(bucket: Bucket, ecosystem: str, known: Mapping[str, str], report: Callable[[str, str], None]) -> Delivery | None:  # noqa: ARG001 - as above
    """All overrides. Raises `Unavailable`, `Malformed`, `LimitExceeded`."""
    file = bucket.file(FILE)
    return None if file is None else Delivery(ecosystem, True, _records(documents(file, bucket.ref), report))


def _records(found: Iterator[tuple[str, bytes]], report: Callable[[str, str], None]) -> Iterator[tuple[Advisory, str]]:
    for name, data in found:
        id_ = name.rpartition("/")[2].removesuffix(".json")
        if not id_.startswith("CVE-"):
            continue
        try:
            made = nvd.override(data)
        except RingfenceError as cause:
            report(name, cause.wrong)
            continue
        told = made.annotation
        item = Advisory(id=id_, modified=told.modified, summary=told.reason, affected=tuple(affected(made.cve)))
        yield item, item.modified
