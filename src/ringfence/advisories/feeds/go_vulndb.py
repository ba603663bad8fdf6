"""Go's own vulnerability database, with the functions that each fault is in.

Layout: one zip, `ID/GO-*.json`, records in OSV's form beside indexes. Source: go.dev/doc/security/vuln/database.
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

FEED = Feed(slug="go-vulndb", url="https://vuln.go.dev", licence="CC-BY-4.0 (Go)")

FILE = "vulndb.zip"
ECOSYSTEM = "Go"


def ecosystems(bucket: Bucket) -> tuple[str, ...]:  # noqa: ARG001 - all feeds are asked alike
    """Go."""
    return (ECOSYSTEM,)


def deliver(bucket: Bucket, ecosystem: str, known: Mapping[str, str], report: Callable[[str, str], None]) -> Delivery | None:  # noqa: ARG001 - as above
    """All records. Raises `Unavailable`, `Malformed`, `LimitExceeded`."""
    file = bucket.file(FILE)
    return None if file is None else Delivery(ecosystem, True, _records(documents(file, bucket.ref), report))


def _records(found: Iterator[tuple[str, bytes]], report: Callable[[str, str], None]) -> Iterator[tuple[Advisory, str]]:
    for name, data in found:
        if not name.rpartition("/")[2].startswith("GO-"):
            continue
        try:
            made = advisory_of(osv.parse(data))
        except RingfenceError as cause:
            report(name, cause.wrong)
            continue
        yield made, made.modified
