"""CISA Vulnrichment: SSVC decision points (exploitation, automatable, technical impact), and CVSS where nobody else gave it.

Layout: an archive of the repository, a CVE record a file, with CISA's container among `adp`. Source: cisagov/vulnrichment,
README; CERT/CC SSVC 2.0, "CISA Coordinator".
"""

from collections.abc import Callable, Iterator, Mapping

import msgspec

from ringfence.advisories.delivery import RATINGS, Delivery
from ringfence.errors import RingfenceError
from ringfence.formats import cve_record
from ringfence.formats.cve_record import CveContainer, CveRecord
from ringfence.io.bucket import Bucket
from ringfence.io.publication import documents
from ringfence.model.declare import Feed
from ringfence.model.rating import Rating

FEED = Feed(
    slug="ssvc", url="https://codeload.github.com/cisagov/vulnrichment/tar.gz/refs/heads", licence="CC0-1.0", usual=True
)

FILE = "develop"


class _Points(msgspec.Struct, frozen=True):
    """One of `options`; each has one of these."""

    exploitation: str = msgspec.field(default="", name="Exploitation")
    automatable: str = msgspec.field(default="", name="Automatable")
    technical_impact: str = msgspec.field(default="", name="Technical Impact")


class _Ssvc(msgspec.Struct, frozen=True):
    options: tuple[_Points, ...] = ()
    timestamp: str = ""


def ecosystems(bucket: Bucket) -> tuple[str, ...]:  # noqa: ARG001 - all feeds are asked alike
    """It rates CVEs, whatever they are in."""
    return (RATINGS,)


def deliver(bucket: Bucket, ecosystem: str, known: Mapping[str, str], report: Callable[[str, str], None]) -> Delivery | None:  # noqa: ARG001 - as above
    """All records. Raises `Unavailable`, `Malformed`, `LimitExceeded`."""
    file = bucket.file(FILE)
    return None if file is None else Delivery(ecosystem, True, _ratings(documents(file, bucket.ref), report))


def _ratings(found: Iterator[tuple[str, bytes]], report: Callable[[str, str], None]) -> Iterator[tuple[Rating, str]]:
    for name, data in found:
        if "CVE-" not in name and not name.startswith("line "):
            continue
        try:
            made = rating(cve_record.parse(data))
        except RingfenceError as cause:
            report(name, cause.wrong)
            continue
        if made is not None:
            yield made, made.modified


def rating(record: CveRecord) -> Rating | None:
    """What a record tells of urgency; None if nothing. Values differ in case between records and come out lower."""
    points: dict[str, str] = {}
    moment = record.cve_metadata.date_updated
    vector = ""
    for part in (record.containers.cna, *record.containers.adp):
        vector = vector or _vector(part)
        for metric in part.metrics:
            if metric.other is not None and metric.other.type == "ssvc":
                told = _ssvc(metric.other.content)
                moment = told.timestamp or moment
                for option in told.options:
                    points |= {key: value.lower() for key, value in msgspec.structs.asdict(option).items() if value}
    if not points and not vector:
        return None
    return Rating(
        id=record.cve_metadata.cve_id,
        modified=moment,
        exploitation=points.get("exploitation", ""),
        automatable=points.get("automatable", ""),
        technical_impact=points.get("technical_impact", ""),
        cvss=vector,
        published=record.cve_metadata.date_published,
    )


def _ssvc(content: object) -> _Ssvc:
    try:
        return msgspec.convert(content, _Ssvc)
    except msgspec.ValidationError:
        return _Ssvc()  # another party's idea of it; what is not in this shape says nothing


def _vector(part: CveContainer) -> str:
    blocks = (
        block
        for metric in part.metrics
        for block in (metric.cvss31, metric.cvss30, metric.cvss4, metric.cvss2)
        if block is not None
    )
    return next((block.vector_string for block in blocks if block.vector_string), "")
