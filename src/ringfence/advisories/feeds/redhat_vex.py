"""Red Hat's CSAF VEX: for every CVE what is fixed, affected, not affected and under investigation in its products.

Only Enterprise Linux itself is taken, by its CPE (`enterprise_linux:9`); layered products and the extended-support streams
(EUS, AUS, E4S) have versions of their own and would be told wrong. Layout: `archive_latest.txt` names an archive;
`changes.csv` and `deletions.csv` tell what came after it. Source: security.access.redhat.com, "CSAF and VEX".
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from ringfence.advisories.delivery import Delivery
from ringfence.errors import Malformed, RingfenceError
from ringfence.formats import csaf, cvss, purl
from ringfence.formats.csaf import Csaf, CsafVulnerability
from ringfence.io.bucket import Bucket
from ringfence.io.publication import documents, unpacked
from ringfence.model.advisory import Advisory, AffectedVersions, FixState, VersionRange
from ringfence.model.declare import Feed
from ringfence.model.finding import Severity

FEED = Feed(
    slug="redhat-vex",
    url="https://security.access.redhat.com/data/csaf/v2/vex",
    licence="CC-BY-4.0 (Red Hat)",
    authority=2,
)

ECOSYSTEM = "Red Hat"
LATEST = "archive_latest.txt"
MAX_CHANGES = 20_000
"""Documents fetched one by one after the archive; it is made anew often enough for a few hundred."""

_RELEASE = re.compile(r"cpe:/[oa]:redhat:enterprise_linux:(\d+)(?:::\w+)?")
_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})")
_SEVERITIES = {
    "critical": Severity.CRITICAL,
    "important": Severity.HIGH,
    "moderate": Severity.MEDIUM,
    "low": Severity.LOW,
}
_PLANS = (("defer", FixState.DEFERRED), ("support scope", FixState.END_OF_LIFE), ("will not fix", FixState.WILL_NOT_FIX))


def ecosystems(bucket: Bucket) -> tuple[str, ...]:  # noqa: ARG001 - all feeds are asked alike
    """Red Hat."""
    return (ECOSYSTEM,)


def deliver(bucket: Bucket, ecosystem: str, known: Mapping[str, str], report: Callable[[str, str], None]) -> Delivery | None:  # noqa: ARG001 - as above
    """The archive and what changed since. Raises `Unavailable`, `Malformed`, `LimitExceeded`."""
    if bucket.single:
        return Delivery(ecosystem, True, _records(documents(bucket.open_single(), bucket.ref), report))
    listing = bucket.open(LATEST)
    if listing is None:
        return None
    with listing:
        name = listing.read(200).decode("utf-8", "replace").strip()
    file = bucket.open(name) if name and "/" not in name else None
    if file is None:
        raise Malformed("Red Hat listing", f"{LATEST} names {name!r}, which is not there", where=bucket.ref)
    day = _DATE.search(name)
    changed = tuple(_rows(bucket, "changes.csv", day[1] if day else "9999"))
    gone = {path.rpartition("/")[2] for path in _rows(bucket, "deletions.csv", "")}
    return Delivery(ecosystem, True, _latest(_records(documents(file, name), report), changed, gone, bucket, report))


def _rows(bucket: Bucket, path: str, since: str) -> Iterator[str]:
    """The paths listed with a date from `since` on, newest first as they stand there."""
    file = bucket.open(path)
    if file is None:
        return
    with file:
        text = unpacked(file, path).whole().decode("utf-8", "replace")
    for count, row in enumerate(csv.reader(text.splitlines())):
        if len(row) >= 2 and row[1] >= since and count < MAX_CHANGES:
            yield row[0]


def _latest(
    archived: Iterator[tuple[Advisory, str]],
    changed: tuple[str, ...],
    gone: set[str],
    bucket: Bucket,
    report: Callable[[str, str], None],
) -> Iterator[tuple[Advisory, str]]:
    """The archive's records without those deleted; then those changed since, which take their place."""
    dead = {name.removesuffix(".json").upper() for name in gone}
    yield from (pair for pair in archived if pair[0].id not in dead)
    for path in changed:
        file = bucket.open(path)
        if file is None:
            report(path, "is listed as changed, but not there")
            continue
        with file:
            data = file.read()
        yield from _records(iter([(path, data)]), report)


def _records(found: Iterator[tuple[str, bytes]], report: Callable[[str, str], None]) -> Iterator[tuple[Advisory, str]]:
    for name, data in found:
        try:
            document = csaf.parse(data)
            made = tuple(advisories(document))
        except RingfenceError as cause:
            report(name, cause.wrong)
            continue
        yield from ((item, item.modified) for item in made)


def advisories(document: Csaf) -> Iterator[Advisory]:
    """A record for each vulnerability that bears on Enterprise Linux. Raises `LimitExceeded`."""
    about = document.document
    products = document.products()
    helpers = {id_: item.product_identification_helper or csaf.CsafHelper() for id_, item in products.items()}
    releases = {id_: seen[1] for id_, item in helpers.items() if (seen := _RELEASE.fullmatch(item.cpe))}
    related = {
        item.full_product_name.product_id: (item.product_reference, item.relates_to_product_reference)
        for item in (document.product_tree.relationships if document.product_tree else ())
    }
    placed = {
        id_: (helpers[part].purl, releases[whole])
        for id_, (part, whole) in related.items()
        if whole in releases and part in helpers
    }
    severity = _SEVERITIES.get(about.aggregate_severity.text.lower() if about.aggregate_severity else "", Severity.UNKNOWN)
    for item in document.vulnerabilities:
        affected = tuple(dict.fromkeys(_entries(item, placed)))
        if affected and item.cve:
            vector = _vector(item)
            yield Advisory(
                id=item.cve,
                modified=about.tracking.current_release_date if about.tracking else "",
                summary=item.title or about.title,
                severity=severity,
                cvss=vector,
                affected=affected,
                references=(f"https://access.redhat.com/security/cve/{item.cve}",),
            )


def _vector(item: CsafVulnerability) -> str:
    for score in item.scores:
        for block in (score.cvss_v3, score.cvss_v4, score.cvss_v2):
            if block is not None and block.vector_string:
                try:
                    cvss.base_score(block.vector_string)
                except Malformed:
                    continue
                return block.vector_string
    return ""


def _entries(item: CsafVulnerability, placed: Mapping[str, tuple[str, str]]) -> Iterator[AffectedVersions]:
    status = item.product_status or csaf.CsafStatus()
    plans = {
        id_: state
        for plan in item.remediations
        if plan.category in ("no_fix_planned", "none_available")
        for id_ in plan.product_ids
        if (state := _plan(plan.details)) is not None
    }
    for id_ in _known(status.fixed, placed):
        yield from _entry(placed[id_], FixState.AFFECTED, fixed=True)
    for id_ in _known(status.known_affected, placed):
        yield from _entry(placed[id_], plans.get(id_, FixState.AFFECTED))
    for id_ in _known(status.under_investigation, placed):
        yield from _entry(placed[id_], FixState.UNDER_INVESTIGATION)
    for id_ in _known(status.known_not_affected, placed):
        yield from _entry(placed[id_], FixState.NOT_AFFECTED)


def _known(ids: Iterable[str], placed: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    return (id_ for id_ in ids if id_ in placed)


def _plan(details: str) -> FixState | None:
    return next((state for words, state in _PLANS if words in details.lower()), None)


def _entry(where: tuple[str, str], state: FixState, *, fixed: bool = False) -> Iterator[AffectedVersions]:
    """The entry of one rpm in one release; nothing for what is no rpm, and for a fix without a version."""
    text, release = where
    try:
        named = purl.parse(text)
    except Malformed:
        return
    if named.kind != "rpm" or named.qualifier("arch") == "src" or (fixed and not named.version):
        return
    epoch = named.qualifier("epoch")
    version = f"{epoch}:{named.version}" if epoch else named.version
    yield AffectedVersions(
        ecosystem=f"{ECOSYSTEM}:{release}",
        name=named.name,
        ranges=(VersionRange(fixed=version),) if fixed else (VersionRange(),),
        state=state,
        module=":".join(named.qualifier("rpmmod").split(":")[:2]),
    )
