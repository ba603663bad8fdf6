"""Ubuntu's CVE tracker: every state that Ubuntu gives a package in a release, those of Ubuntu Pro (ESM) apart.

A fix that only Pro's archive has is "fixed, with a subscription", not fixed. Layout: an archive of the repository, with
`active/CVE-*` and `retired/CVE-*`. Source: ubuntu-cve-tracker, README; data CC-BY-SA-4.0, kept apart as a feed of its own.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from ringfence.advisories.delivery import Delivery
from ringfence.errors import Malformed, RingfenceError
from ringfence.formats import cvss, ubuntu_cve
from ringfence.formats.ubuntu_cve import UbuntuCve, UbuntuLine
from ringfence.io.bucket import Bucket
from ringfence.io.publication import documents
from ringfence.model.advisory import Advisory, AffectedVersions, FixState, VersionRange
from ringfence.model.declare import Feed
from ringfence.model.finding import Severity

FEED = Feed(
    slug="ubuntu-tracker",
    url="https://git.launchpad.net/ubuntu-cve-tracker/snapshot",
    licence="CC-BY-SA-4.0 (Canonical)",
    authority=2,
)

FILE = "ubuntu-cve-tracker-master.tar.gz"
ECOSYSTEM = "Ubuntu"
PRO = "Pro"
"""The channel of a fix that needs Ubuntu Pro."""

RELEASES = {
    "trusty": "14.04",
    "xenial": "16.04",
    "bionic": "18.04",
    "focal": "20.04",
    "jammy": "22.04",
    "lunar": "23.04",
    "mantic": "23.10",
    "noble": "24.04",
    "oracular": "24.10",
    "plucky": "25.04",
    "questing": "25.10",
    "resolute": "26.04",
}
"""Releases as numbers. Source: distro-info-data 0.58, ubuntu.csv."""

_ESM = frozenset({"esm-infra", "esm-apps", "esm-infra-legacy"})
_STATES = {
    "needed": FixState.AFFECTED,
    "active": FixState.AFFECTED,
    "needs-triage": FixState.UNDER_INVESTIGATION,
    "deferred": FixState.DEFERRED,
    "pending": FixState.PENDING,
    "not-affected": FixState.NOT_AFFECTED,
    "ignored": FixState.WILL_NOT_FIX,
}
_PRIORITIES = {item.value: item for item in Severity if item is not Severity.UNKNOWN}
_VERSION = re.compile(r"[0-9A-Za-z.+:~-]*[0-9][0-9A-Za-z.+:~-]*")
_ENDED = ("end of life", "end of standard support", "reached end-of-life", "out of standard support")


def ecosystems(bucket: Bucket) -> tuple[str, ...]:  # noqa: ARG001 - all feeds are asked alike
    """Ubuntu."""
    return (ECOSYSTEM,)


def deliver(bucket: Bucket, ecosystem: str, known: Mapping[str, str], report: Callable[[str, str], None]) -> Delivery | None:  # noqa: ARG001 - as above
    """All CVEs. Raises `Unavailable`, `Malformed`, `LimitExceeded`."""
    file = bucket.file(FILE)
    return None if file is None else Delivery(ecosystem, True, _records(documents(file, bucket.ref, ""), report))


def _records(found: Iterator[tuple[str, bytes]], report: Callable[[str, str], None]) -> Iterator[tuple[Advisory, str]]:
    for name, data in found:
        folder, _, base = name.rpartition("/")
        if not base.startswith("CVE-") or not folder.endswith(("active", "retired")):
            continue
        try:
            made = advisory(ubuntu_cve.parse(data))
        except RingfenceError as cause:
            report(name, cause.wrong)
            continue
        if made.affected:
            yield made, ""


def advisory(told: UbuntuCve) -> Advisory:
    """The record of a file."""
    own = dict(told.priorities)
    affected = (
        made
        for line in told.lines
        if (made := _entry(line, _PRIORITIES.get(own.get(line.package, told.priority), Severity.UNKNOWN))) is not None
    )
    return Advisory(
        id=told.id,
        modified="",
        summary=told.description[:300],
        severity=_PRIORITIES.get(told.priority, Severity.UNKNOWN),
        cvss=_checked(told.cvss),
        affected=tuple(affected),
        references=(f"https://ubuntu.com/security/{told.id}",),
    )


def _checked(vector: str) -> str:
    try:
        cvss.base_score(vector)
    except Malformed:
        return ""
    return vector


def _entry(line: UbuntuLine, severity: Severity) -> AffectedVersions | None:
    release = RELEASES.get(line.release)
    if release is None or line.channel not in ("", *_ESM):
        return None
    fixed = line.detail if line.status in ("released", "pending") and _VERSION.fullmatch(line.detail) else ""
    state = _STATES.get(line.status)
    if line.status == "released" and fixed:
        state = FixState.AFFECTED
    if state is FixState.WILL_NOT_FIX and any(words in line.detail for words in _ENDED):
        state = FixState.END_OF_LIFE
    if state is None:  # DNE: not in that release; released without a version says nothing
        return None
    return AffectedVersions(
        ecosystem=f"{ECOSYSTEM}:{release}",
        name=line.package,
        ranges=(VersionRange(fixed=fixed),),
        state=state,
        note=f"{line.status} ({line.detail})" if line.detail and not fixed else "",
        severity=severity,
        channel=PRO if line.channel else "",
    )
