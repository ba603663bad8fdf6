"""Ubuntu's OpenVEX: for every CVE what each source package is in each release, those of Ubuntu Pro as a channel.

It says what Ubuntu's OSV records leave out: releases out of support, what will not be fixed, what never was affected. Its
statements of a fix are passed over: they name the version that is in the archive now, not the first one with the fix, which
the feeds `ubuntu-osv` and `ubuntu-tracker` have. Layout: one archive, a document a CVE.
Source: documentation.ubuntu.com/security, "OpenVEX"; data CC-BY-SA-4.0, kept apart.
"""

from collections.abc import Callable, Iterator, Mapping

from ringfence.advisories.delivery import Delivery
from ringfence.advisories.feeds.ubuntu_tracker import PRO, RELEASES
from ringfence.errors import Malformed, RingfenceError
from ringfence.formats import openvex, purl
from ringfence.io.bucket import Bucket
from ringfence.io.publication import documents
from ringfence.model.advisory import Advisory, AffectedVersions, FixState, VersionRange
from ringfence.model.declare import Feed
from ringfence.model.vex import VexStatement, VexStatus

FEED = Feed(
    slug="ubuntu-vex",
    url="https://security-metadata.canonical.com/vex",
    licence="CC-BY-SA-4.0 (Canonical)",
    authority=2,
)

FILE = "vex-all.tar.xz"
ECOSYSTEM = "Ubuntu"

_CHANNELS = frozenset({"esm-infra", "esm-apps", "esm-infra-legacy"})
_PLANS = (
    ("no longer supported", FixState.END_OF_LIFE),
    ("decided to not fix", FixState.WILL_NOT_FIX),
    ("deferred", FixState.DEFERRED),
)
"""Ubuntu's set sentences in a statement's action, and the state each one means."""
_ABSENT = "does not exist in the archive"
"""A statement that is about no package at all, though it says `not_affected`."""


def ecosystems(bucket: Bucket) -> tuple[str, ...]:  # noqa: ARG001 - all feeds are asked alike
    """Ubuntu."""
    return (ECOSYSTEM,)


def deliver(bucket: Bucket, ecosystem: str, known: Mapping[str, str], report: Callable[[str, str], None]) -> Delivery | None:  # noqa: ARG001 - as above
    """All documents. Raises `Unavailable`, `Malformed`, `LimitExceeded`."""
    file = bucket.file(FILE)
    return None if file is None else Delivery(ecosystem, True, _records(documents(file, bucket.ref), report))


def _records(found: Iterator[tuple[str, bytes]], report: Callable[[str, str], None]) -> Iterator[tuple[Advisory, str]]:
    for name, data in found:
        cve = name.rpartition("/")[2].removesuffix(".json")
        if not cve.startswith("CVE-") or "osv/" in name:
            continue
        try:
            made = advisory(cve, openvex.parse(data, name))
        except RingfenceError as cause:
            report(name, cause.wrong)
            continue
        if made.affected:
            yield made, made.modified


def advisory(cve: str, statements: tuple[VexStatement, ...]) -> Advisory:
    """The record of one document."""
    return Advisory(
        id=cve,
        modified=max((item.at for item in statements), default=""),
        affected=tuple(dict.fromkeys(entry for item in statements for entry in _entries(item))),
        references=(f"https://ubuntu.com/security/{cve}",),
    )


def _entries(item: VexStatement) -> Iterator[AffectedVersions]:
    if _ABSENT in item.why or item.status is VexStatus.FIXED:
        return
    state = _state(item)
    for product in item.products:
        try:
            named = purl.parse(product.id)
        except Malformed:
            continue
        channel, _, codename = named.qualifier("distro").rpartition("/")
        release = RELEASES.get(codename)
        # Advisories are about sources; the document repeats each for every binary and architecture.
        if release is None or named.qualifier("arch") != "source" or channel not in ("", *_CHANNELS):
            continue
        yield AffectedVersions(
            ecosystem=f"{ECOSYSTEM}:{release}",
            name=named.name,
            ranges=(VersionRange(),),
            state=state,
            channel=PRO if channel else "",
        )


def _state(item: VexStatement) -> FixState:
    if item.status is VexStatus.NOT_AFFECTED:
        return FixState.NOT_AFFECTED
    if item.status is VexStatus.UNDER_INVESTIGATION:
        return FixState.UNDER_INVESTIGATION
    return next((state for words, state in _PLANS if words in item.action.lower()), FixState.AFFECTED)
