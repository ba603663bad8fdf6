"""Debian's security tracker: every state that Debian gives a vulnerability of a source package, release by release.

A line for a release is what counts; where there is none, nothing is said. A fix that is newer than anything in the archive
is announced and not yet there. Source: security-team.debian.org/security_tracker.html.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from ringfence.advisories.delivery import Delivery
from ringfence.errors import Malformed
from ringfence.formats import debian_tracker
from ringfence.formats.debian_tracker import TrackerCve, TrackerRelease
from ringfence.io.bucket import Bucket
from ringfence.io.publication import unpacked
from ringfence.model.advisory import Advisory, AffectedVersions, FixState, VersionRange
from ringfence.model.declare import Feed
from ringfence.model.finding import Severity
from ringfence.versions import dpkg

FEED = Feed(
    slug="debian-tracker",
    url="https://security-tracker.debian.org/tracker/data",
    licence="none stated; facts, attributed to the Debian security team",
    authority=2,
    usual=True,
)

FILE = "json"
ECOSYSTEM = "Debian"
MAX_BYTES = 1024 * 1024 * 1024
"""Bytes of the whole file; about 70 MB in 2026."""

CODENAMES = {
    "wheezy": "7",
    "jessie": "8",
    "stretch": "9",
    "buster": "10",
    "bullseye": "11",
    "bookworm": "12",
    "trixie": "13",
    "forky": "14",
    "duke": "15",
    "sid": "sid",
}
"""Releases as numbers. Source: distro-info-data 0.58, debian.csv."""

_URGENCIES = {"unimportant": Severity.NEGLIGIBLE, "low": Severity.LOW, "medium": Severity.MEDIUM, "high": Severity.HIGH}
_REASONS = {"postponed": FixState.DEFERRED, "ignored": FixState.WILL_NOT_FIX}
_CVE = re.compile(r"CVE-\d{4}-\d{4,19}")


def ecosystems(bucket: Bucket) -> tuple[str, ...]:  # noqa: ARG001 - all feeds are asked alike
    """Debian."""
    return (ECOSYSTEM,)


def deliver(bucket: Bucket, ecosystem: str, known: Mapping[str, str], report: Callable[[str, str], None]) -> Delivery | None:  # noqa: ARG001 - as above
    """All of it. Raises `Unavailable`, `Malformed`, `LimitExceeded`."""
    file = bucket.file(FILE)
    if file is None:
        return None
    with file:
        packages = debian_tracker.parse(unpacked(file, bucket.ref).whole(MAX_BYTES))
    entries: dict[str, list[AffectedVersions]] = {}
    summaries: dict[str, str] = {}
    for package, held in packages.items():
        for cve, raw in held.items():
            try:
                told = debian_tracker.parse_one(raw)
            except Malformed as cause:
                report(f"{package} {cve}", cause.wrong)
                continue
            entries.setdefault(cve, []).extend(affected(package, told))
            summaries.setdefault(cve, told.description)
    return Delivery(ecosystem, True, _records(entries, summaries))


def _records(entries: Mapping[str, list[AffectedVersions]], summaries: Mapping[str, str]) -> Iterator[tuple[Advisory, str]]:
    for cve, held in entries.items():
        link = (f"https://security-tracker.debian.org/tracker/{cve}",)
        # The tracker gives no dates; a record of it is as old as the file.
        yield Advisory(id=cve, modified="", summary=summaries[cve][:300], affected=tuple(held), references=link), ""


def affected(package: str, told: TrackerCve) -> Iterator[AffectedVersions]:
    """An entry for each release that has a line."""
    for codename, line in told.releases.items():
        release = CODENAMES.get(codename)
        if release is not None:
            yield _entry(package, f"{ECOSYSTEM}:{release}", line)


def _entry(package: str, ecosystem: str, line: TrackerRelease) -> AffectedVersions:
    state, fixed = _state(line)
    # Stars mark what was taken from NVD, which is not Debian's own word.
    severity = _URGENCIES.get(line.urgency, Severity.UNKNOWN)
    return AffectedVersions(
        ecosystem=ecosystem,
        name=package,
        ranges=(VersionRange(fixed=fixed),),
        state=state,
        note=_note(line),
        severity=severity,
    )


def _state(line: TrackerRelease) -> tuple[FixState, str]:
    match line.status:
        case "resolved" if line.fixed_version == "0":
            return FixState.NOT_AFFECTED, ""
        case "resolved":
            pending = _is_pending(line)
            return (FixState.PENDING if pending else FixState.AFFECTED), line.fixed_version
        case "undetermined":
            return FixState.UNDER_INVESTIGATION, ""
        case _ if line.urgency == "end-of-life":
            return FixState.END_OF_LIFE, ""
        case _:
            return _REASONS.get(line.nodsa_reason or "", FixState.AFFECTED), ""


def _is_pending(line: TrackerRelease) -> bool:
    """Whether the fix is newer than every version in the archive."""
    try:
        have = [dpkg.key(version) for version in line.repositories.values()]
        return bool(have) and max(have) < dpkg.key(line.fixed_version)
    except Malformed:
        return False


def _note(line: TrackerRelease) -> str:
    if line.nodsa is None:
        return "unimportant" if line.urgency == "unimportant" else ""
    return f"{line.nodsa_reason or 'no-dsa'}: {line.nodsa}".rstrip(": ")
