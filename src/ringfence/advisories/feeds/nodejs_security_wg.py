"""The Node.js security working group: vulnerabilities of Node.js itself, and of npm's packages until 2019.

Versions are npm's range expressions. Layout: an archive of the repository, `vuln/core/*.json` and `vuln/npm/*.json`.
Source: github.com/nodejs/security-wg.
"""

from collections.abc import Callable, Iterator, Mapping

from ringfence.advisories.delivery import Delivery
from ringfence.errors import Malformed, RingfenceError
from ringfence.formats import cvss, nodejs_advisory
from ringfence.formats.nodejs_advisory import NodeAdvisory
from ringfence.io.bucket import Bucket
from ringfence.io.publication import documents
from ringfence.model.advisory import Advisory, AffectedVersions, VersionRange
from ringfence.model.declare import Feed
from ringfence.model.finding import Severity
from ringfence.versions import npm_range, semver
from ringfence.versions.npm_range import Interval

FEED = Feed(
    slug="nodejs-security-wg",
    url="https://codeload.github.com/nodejs/security-wg/tar.gz/refs/heads",
    licence="MIT (Node.js)",
)

FILE = "main"
FOLDERS = {"npm": "vuln/npm", "node": "vuln/core"}
"""Ecosystems, and where their advisories lie."""

_SEVERITIES = {item.value: item for item in Severity}


def ecosystems(bucket: Bucket) -> tuple[str, ...]:  # noqa: ARG001 - all feeds are asked alike
    """Packages of npm, and Node.js."""
    return tuple(FOLDERS)


def deliver(bucket: Bucket, ecosystem: str, known: Mapping[str, str], report: Callable[[str, str], None]) -> Delivery | None:  # noqa: ARG001 - as above
    """All advisories of one of them. Raises `Unavailable`, `Malformed`, `LimitExceeded`."""
    file = bucket.file(FILE)
    if file is None:
        return None
    return Delivery(ecosystem, True, _records(documents(file, bucket.ref), ecosystem, report))


def _records(
    found: Iterator[tuple[str, bytes]], ecosystem: str, report: Callable[[str, str], None]
) -> Iterator[tuple[Advisory, str]]:
    for name, data in found:
        folder, _, base = name.rpartition("/")
        number = base.removesuffix(".json")
        if not folder.endswith(FOLDERS[ecosystem]) or not number.isdigit():
            continue
        try:
            told = nodejs_advisory.npm(data) if ecosystem == "npm" else nodejs_advisory.core(number, data)
            made = advisory(told, ecosystem)
        except RingfenceError as cause:
            report(name, cause.wrong)
            continue
        yield made, made.modified


def advisory(told: NodeAdvisory, ecosystem: str) -> Advisory:
    """The record of an advisory. Raises `Malformed` for a range that is none."""
    patched = npm_range.intervals(told.patched) if told.patched else ()
    ranges = tuple(_range(item, patched) for item in npm_range.intervals(told.vulnerable))
    vector = _checked(told.cvss)
    return Advisory(
        id=told.id,
        modified=told.modified,
        summary=told.title,
        aliases=told.cves if len(told.cves) == 1 else (),
        severity=cvss.severity(vector) if vector else _SEVERITIES.get(told.severity, Severity.UNKNOWN),
        cvss=vector,
        affected=(AffectedVersions(ecosystem=ecosystem, name=told.package, ranges=tuple(dict.fromkeys(ranges))),),
        references=told.references,
    )


def _range(item: Interval, patched: tuple[Interval, ...]) -> VersionRange:
    """A vulnerable interval without what is patched at its end: `6.x` and patched in `^6.7.0` is 6.x before 6.7.0."""
    starts = [other.start for other in patched if _begins_inside(item, other) and _reaches(item, other)]
    if starts:
        return VersionRange(introduced=item.start, fixed=min(starts, key=semver.key))
    if item.inclusive:
        return VersionRange(introduced=item.start, last_affected=item.end)
    return VersionRange(introduced=item.start, fixed=item.end)


def _begins_inside(item: Interval, other: Interval) -> bool:
    return other.start != "0" and item.has(other.start) and other.start != item.start


def _reaches(item: Interval, other: Interval) -> bool:
    """Whether `other` goes on to the end of `item`."""
    return not other.end or (bool(item.end) and semver.key(item.end) <= semver.key(other.end))


def _checked(vector: str) -> str:
    try:
        cvss.base_score(vector)
    except Malformed:
        return ""
    return vector
