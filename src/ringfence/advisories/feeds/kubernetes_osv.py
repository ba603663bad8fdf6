"""Kubernetes' own CVEs with their version ranges, as OSV records made from the official feed.

The official feed (kubernetes.io, "Official CVE Feed") has ranges in prose only; SIG Security's copy has them as data.
Layout: an archive of the repository, with `CVE-*.json` files. Source: github.com/kubernetes-sigs/cve-feed-osv.
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
    slug="kubernetes-osv",
    url="https://codeload.github.com/kubernetes-sigs/cve-feed-osv/tar.gz/refs/heads",
    licence="Apache-2.0",
    authority=2,
    usual=True,
)

FILE = "main"
ECOSYSTEM = "kubernetes"


def ecosystems(bucket: Bucket) -> tuple[str, ...]:  # noqa: ARG001 - all feeds are asked alike
    """Kubernetes; packages are its components (`k8s.io/kubelet`)."""
    return (ECOSYSTEM,)


def deliver(bucket: Bucket, ecosystem: str, known: Mapping[str, str], report: Callable[[str, str], None]) -> Delivery | None:  # noqa: ARG001 - as above
    """All records. Raises `Unavailable`, `Malformed`, `LimitExceeded`."""
    file = bucket.file(FILE)
    return None if file is None else Delivery(ecosystem, True, _records(documents(file, bucket.ref), report))


def _records(found: Iterator[tuple[str, bytes]], report: Callable[[str, str], None]) -> Iterator[tuple[Advisory, str]]:
    for name, data in found:
        if not name.rpartition("/")[2].startswith("CVE-") or "testdata/" in name:
            continue
        try:
            made = advisory_of(osv.parse(data))
        except RingfenceError as cause:
            report(name, cause.wrong)
            continue
        yield made, made.modified
