"""Ubuntu's own OSV records, those of Ubuntu Pro as a channel of its release.

Layout: one archive of records. Source: documentation.ubuntu.com/security, "OSV"; data CC-BY-SA-4.0, kept apart as a feed.
"""

from collections.abc import Callable, Iterator, Mapping

from ringfence.advisories.delivery import Delivery
from ringfence.advisories.feeds.osv import advisory_of
from ringfence.errors import RingfenceError
from ringfence.formats import osv
from ringfence.io.bucket import Bucket
from ringfence.io.publication import documents
from ringfence.model.advisory import Advisory
from ringfence.model.declare import Feed

FEED = Feed(
    slug="ubuntu-osv",
    url="https://security-metadata.canonical.com/osv",
    licence="CC-BY-SA-4.0 (Canonical)",
    authority=2,
)

FILE = "osv-all.tar.xz"
ECOSYSTEM = "Ubuntu"


def ecosystems(bucket: Bucket) -> tuple[str, ...]:  # noqa: ARG001 - all feeds are asked alike
    """Ubuntu."""
    return (ECOSYSTEM,)


def deliver(bucket: Bucket, ecosystem: str, known: Mapping[str, str], report: Callable[[str, str], None]) -> Delivery | None:  # noqa: ARG001 - as above
    """All records. Raises `Unavailable`, `Malformed`, `LimitExceeded`."""
    file = bucket.file(FILE)
    return None if file is None else Delivery(ecosystem, True, _records(documents(file, bucket.ref), report))


def _records(found: Iterator[tuple[str, bytes]], report: Callable[[str, str], None]) -> Iterator[tuple[Advisory, str]]:
    for name, data in found:
        try:
            made = advisory_of(osv.parse(data))
        except RingfenceError as cause:
            report(name, cause.wrong)
            continue
        yield made, made.modified
