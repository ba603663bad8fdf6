"""NIST's National Vulnerability Database 2.0: CVSS of a CVE, and the products it names as CPE names.

Optional. Packages are never matched by a guessed CPE name: `ringfence db lookup cpe:2.3:...` asks about one, and CVSS fills
in where no publisher gave a severity. Layout: a file for each year with its digest in `.meta`, of what is unpacked.
Source: nvd.nist.gov/vuln/data-feeds, "JSON 2.0"; public domain, no endorsement by NIST.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping

from ringfence.advisories.delivery import Delivery, Record
from ringfence.errors import Malformed, RingfenceError, UnreadableInput
from ringfence.formats import cvss, nvd
from ringfence.formats.nvd import NvdCve, NvdMatch, NvdMetrics
from ringfence.io.bucket import Bucket
from ringfence.io.publication import unpacked
from ringfence.model.advisory import Advisory, AffectedVersions, VersionRange
from ringfence.model.declare import Feed
from ringfence.model.finding import Severity
from ringfence.model.rating import Rating

FEED = Feed(
    slug="nvd",
    url="https://nvd.nist.gov/feeds/json/cve/2.0",
    licence="public domain (NIST); not endorsed by NVD",
)

ECOSYSTEM = "CPE"
FILE = "nvdcve-2.0-{}.json.gz"
META = "nvdcve-2.0-{}.meta"
FIRST_YEAR = 2002
"""The first file; it has the CVEs of the years before, too."""
LAST_YEAR = 2100
"""Years are asked for until one is not there."""

_DIGEST = re.compile(r"^sha256:([0-9A-Fa-f]{64})\s*$", re.MULTILINE)


def ecosystems(bucket: Bucket) -> tuple[str, ...]:  # noqa: ARG001 - all feeds are asked alike
    """What CPE names name."""
    return (ECOSYSTEM,)


def deliver(bucket: Bucket, ecosystem: str, known: Mapping[str, str], report: Callable[[str, str], None]) -> Delivery | None:  # noqa: ARG001 - as above
    """All years. Raises `Unavailable`, `Malformed`, `UnreadableInput`, `LimitExceeded`."""
    if bucket.single:
        with bucket.open_single() as file:
            data = unpacked(file, bucket.ref).whole(nvd.MAX_BYTES)
        return Delivery(ecosystem, True, _records(data, report))
    first = _year(bucket, FIRST_YEAR)
    return None if first is None else Delivery(ecosystem, True, _years(bucket, first, report))


def _years(bucket: Bucket, first: bytes, report: Callable[[str, str], None]) -> Iterator[tuple[Record, str]]:
    yield from _records(first, report)
    for year in range(FIRST_YEAR + 1, LAST_YEAR):
        data = _year(bucket, year)
        if data is None:
            return
        yield from _records(data, report)


def _year(bucket: Bucket, year: int) -> bytes | None:
    """The unpacked file of a year, checked against its digest where one is published."""
    name = FILE.format(year)
    file = bucket.open(name)
    if file is None:
        return None
    with file:
        data = unpacked(file, name).whole(nvd.MAX_BYTES)
    meta = bucket.open(META.format(year), 4096)
    if meta is not None:
        with meta:
            told = _DIGEST.search(meta.read().decode("ascii", "replace").replace("\r", ""))
        if told and told[1].lower() != hashlib.sha256(data).hexdigest():
            raise UnreadableInput(
                "has another digest than its .meta says", where=f"{bucket.ref}/{name}", mend="fetch it again"
            )
    return data


def _records(data: bytes, report: Callable[[str, str], None]) -> Iterator[tuple[Record, str]]:
    for number, raw in enumerate(nvd.page(data).vulnerabilities):
        try:
            found = nvd.entry(raw)
        except RingfenceError as cause:
            report(f"entry {number}", cause.wrong)
            continue
        yield from ((item, found.last_modified) for item in (advisory(found), rating(found)))


def advisory(found: NvdCve) -> Advisory:
    """What a CVE says of products; one that was rejected is withdrawn."""
    vector = _vector(found.metrics)
    return Advisory(
        id=found.id,
        modified=found.last_modified,
        summary=next((text.value for text in found.descriptions if text.lang == "en"), "")[:300],
        severity=cvss.severity(vector) if vector else Severity.UNKNOWN,
        cvss=vector,
        affected=tuple(affected(found)),
        references=(f"https://nvd.nist.gov/vuln/detail/{found.id}",),
        withdrawn=found.last_modified if found.vuln_status == "Rejected" else "",
    )


def rating(found: NvdCve) -> Rating:
    """How bad a CVE is, and since when it is public."""
    return Rating(id=found.id, modified=found.last_modified, cvss=_vector(found.metrics), published=found.published[:10])


def affected(found: NvdCve) -> Iterator[AffectedVersions]:
    """An entry for each vulnerable product; what it must run on ("and") is not asked."""
    matches = (
        match
        for configuration in found.configurations
        for node in configuration.nodes
        if not node.negate
        for match in node.cpe_match
        if match.vulnerable
    )
    return (made for match in dict.fromkeys(matches) if (made := _entry(match)) is not None)


def _entry(match: NvdMatch) -> AffectedVersions | None:
    try:
        named = nvd.product(match.criteria)
    except Malformed:
        return None
    if named.version == "-":  # "not applicable": a product without versions
        return None
    if named.version:
        return AffectedVersions(ecosystem=ECOSYSTEM, name=named.name, versions=(named.version,))
    # An exclusive beginning is taken with its own version: to call one too many affected is told, one too few is not.
    span = VersionRange(
        introduced=match.version_start_including or match.version_start_excluding or "0",
        fixed=match.version_end_excluding,
        last_affected="" if match.version_end_excluding else match.version_end_including,
    )
    return AffectedVersions(ecosystem=ECOSYSTEM, name=named.name, ranges=(span,))


def _vector(metrics: NvdMetrics) -> str:
    """The vector that counts: 3.x before 4.0 and 2.0, as of every feed; NIST's own before others'."""
    for group in (metrics.v31, metrics.v30, metrics.v40, metrics.v2):
        for metric in sorted(group, key=lambda item: item.type != "Primary"):
            try:
                cvss.base_score(metric.cvss_data.vector_string)
            except Malformed:
                continue
            return metric.cvss_data.vector_string
    return ""
