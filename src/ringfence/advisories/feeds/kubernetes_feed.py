"""Kubernetes' official CVE feed: every CVE the security committee announced, with the versions its prose tells.

An item whose text tells no versions is kept as a record without any, and named: `lookup` finds it, matching does not.
SIG Security's copy with ranges as data is the feed `kubernetes-osv`. Source: kubernetes.io, "Official CVE Feed".
"""

from collections.abc import Callable, Iterator, Mapping

from ringfence.advisories.delivery import Delivery
from ringfence.errors import Malformed
from ringfence.formats import cvss, kubernetes_cve_feed
from ringfence.formats.kubernetes_cve_feed import FeedItem, Fixed, Span, Told
from ringfence.io.bucket import Bucket
from ringfence.io.publication import unpacked
from ringfence.model.advisory import Advisory, AffectedVersions, VersionRange
from ringfence.model.declare import Feed
from ringfence.model.finding import Severity
from ringfence.versions import semver

FEED = Feed(
    slug="kubernetes-feed",
    url="https://kubernetes.io/docs/reference/issues-security/official-cve-feed",
    licence="CC-BY-4.0 (kubernetes.io)",
    authority=2,
)

FILE = "index.json"
ECOSYSTEM = "kubernetes"

PACKAGES = {
    "kube-apiserver": "k8s.io/apiserver",
    "kube-controller-manager": "k8s.io/controller-manager",
    "kube-proxy": "k8s.io/kube-proxy",
    "kube-scheduler": "k8s.io/kube-scheduler",
    "kubelet": "k8s.io/kubelet",
    "kubectl": "k8s.io/kubectl",
    "ingress-nginx": "k8s.io/ingress-nginx",
    "": "k8s.io/kubernetes",
}
"""The names that SIG Security's records give the components."""


def ecosystems(bucket: Bucket) -> tuple[str, ...]:  # noqa: ARG001 - all feeds are asked alike
    """Kubernetes; packages are its components (`k8s.io/kubelet`)."""
    return (ECOSYSTEM,)


def deliver(bucket: Bucket, ecosystem: str, known: Mapping[str, str], report: Callable[[str, str], None]) -> Delivery | None:  # noqa: ARG001 - as above
    """The whole feed. Raises `Unavailable`, `Malformed`, `LimitExceeded`."""
    file = bucket.file(FILE)
    if file is None:
        return None
    with file:
        items = kubernetes_cve_feed.parse(unpacked(file, bucket.ref).whole())
    return Delivery(ecosystem, True, _records(items, report))


def _records(items: tuple[FeedItem, ...], report: Callable[[str, str], None]) -> Iterator[tuple[Advisory, str]]:
    for item in items:
        made = advisory(item)
        if not made.affected:
            report(item.id, "its text tells no versions that can be read")
        yield made, made.modified


def advisory(item: FeedItem) -> Advisory:
    """The record of an item."""
    told = kubernetes_cve_feed.read(item.content_text)
    vector = _checked(told.cvss)
    named = kubernetes_cve_feed.component(item.summary) or kubernetes_cve_feed.component(item.content_text)
    return Advisory(
        id=item.id,
        modified=item.date_published,
        summary=item.summary,
        severity=cvss.severity(vector) if vector else Severity.UNKNOWN,
        cvss=vector,
        affected=tuple(_affected(told, named)),
        references=tuple(url for url in (item.url, item.external_url) if url),
    )


def _affected(told: Told, named: str) -> Iterator[AffectedVersions]:
    spans: dict[str, list[Span]] = {}
    for span in told.affected:
        spans.setdefault(span.component or named, []).append(span)
    for component, found in spans.items():
        fixed = [item for item in told.fixed if item.component in ("", component)]
        ranges = tuple(dict.fromkeys(_range(span, fixed) for span in found))
        yield AffectedVersions(ecosystem=ECOSYSTEM, name=PACKAGES[component], ranges=ranges)


def _range(span: Span, fixed: list[Fixed]) -> VersionRange:
    """A span; its end is the next version with the fix of the same minor release, where one is told."""
    if span.before:
        return VersionRange(introduced=span.first or "0", fixed=span.before)
    after = [
        item.version
        for item in fixed
        if _same_minor(item.version, span.last) and semver.key(span.last) < semver.key(item.version)
    ]
    if after:
        return VersionRange(introduced=span.first or "0", fixed=min(after, key=semver.key))
    return VersionRange(introduced=span.first or "0", last_affected=span.last)


def _same_minor(one: str, other: str) -> bool:
    return one.split(".")[:2] == other.split(".")[:2]


def _checked(vector: str) -> str:
    try:
        cvss.base_score(vector)
    except Malformed:
        return ""
    return vector
