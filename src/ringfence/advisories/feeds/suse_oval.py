"""SUSE Linux Enterprise Server and openSUSE Leap as OVAL: a definition for each CVE, fixed and not fixed.

A definition's criteria name the service pack (`sles-release` 15.6) that each version mends; bounds under one are never taken
for another. Long-term support (`sles-ltss-release`) is a subscription's channel. Fixes by live patches mend a running kernel
and are passed over. Layout: a file for each product. Source: ftp.suse.com/pub/projects/security/oval, README.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import IO

from ringfence.advisories.delivery import Delivery
from ringfence.advisories.oval_records import SEVERITIES, cves
from ringfence.formats import oval
from ringfence.formats.oval import Bound, Branch, Definition
from ringfence.io.bucket import Bucket
from ringfence.io.publication import unpacked
from ringfence.model.advisory import Advisory, AffectedVersions, VersionRange
from ringfence.model.declare import Feed
from ringfence.model.finding import Severity

FEED = Feed(
    slug="suse-oval",
    url="https://ftp.suse.com/pub/projects/security/oval",
    licence="CC-BY-4.0 (SUSE)",
    authority=2,
)

FILES = {
    "SUSE": (
        "suse.linux.enterprise.server.12-affected.xml.gz",
        "suse.linux.enterprise.server.15-affected.xml.gz",
        "suse.linux.enterprise.server.16-affected.xml.gz",
    ),
    "openSUSE": ("opensuse.leap.15.6-affected.xml.gz", "opensuse.leap.16.0-affected.xml.gz"),
}
"""Files of each family; one that is not there (a release to come) is passed over."""
LTSS = "LTSS"
"""The channel of fixes for those who pay for long-term support."""

_RELEASES = {"sles-release": "SUSE", "openSUSE-release": "openSUSE", "Leap-release": "openSUSE"}
_SUBSCRIBED = {"sles-ltss-release": "SUSE"}


def ecosystems(bucket: Bucket) -> tuple[str, ...]:  # noqa: ARG001 - all feeds are asked alike
    """Both families."""
    return tuple(FILES)


def deliver(bucket: Bucket, ecosystem: str, known: Mapping[str, str], report: Callable[[str, str], None]) -> Delivery | None:  # noqa: ARG001 - as above
    """All files of a family. Raises `Unavailable`, `Malformed`, `LimitExceeded`."""
    if bucket.single:
        return Delivery(ecosystem, True, _records([(bucket.ref, bucket.open_single())], ecosystem))
    files = [(name, file) for name in FILES[ecosystem] if (file := bucket.open(name)) is not None]
    return Delivery(ecosystem, True, _records(files, ecosystem)) if files else None


def _records(files: list[tuple[str, IO[bytes]]], ecosystem: str) -> Iterator[tuple[Advisory, str]]:
    for name, file in files:
        with file:
            found = advisories(oval.parse(unpacked(file, name)), ecosystem)
        yield from ((item, item.modified) for item in found)


def advisories(found: Iterable[Definition], ecosystem: str) -> tuple[Advisory, ...]:
    """The records of a file. A CVE has a file for each product, so its id carries the release of the product."""
    made: dict[str, Advisory] = {}
    for item in found:
        affected = tuple(dict.fromkeys(entry for branch in item.branches for entry in _entries(branch, ecosystem)))
        for cve in cves(item) if affected else ():
            major = affected[0].ecosystem.partition(":")[2].partition(".")[0]
            id_ = f"{cve}:{ecosystem.lower()}{major}"
            before = made.get(id_)
            made[id_] = Advisory(
                id=id_,
                modified=item.issued,
                summary=item.title,
                aliases=(cve,),
                severity=SEVERITIES.get(item.severity.lower(), Severity.UNKNOWN),
                affected=tuple(dict.fromkeys((*(before.affected if before else ()), *affected))),
                references=(f"https://www.suse.com/security/cve/{cve}/",),
            )
    return tuple(made.values())


def _entries(branch: Branch, ecosystem: str) -> Iterator[AffectedVersions]:
    for package, release in branch.releases:
        channel = LTSS if package in _SUBSCRIBED else ""
        if (_RELEASES | _SUBSCRIBED).get(package) != ecosystem or release in ("", "0"):
            continue
        for bound in branch.bounds:
            made = _range(bound)
            if made is not None:
                yield AffectedVersions(
                    ecosystem=f"{ecosystem}:{release}", name=bound.package, ranges=(made,), channel=channel
                )


def _range(bound: Bound) -> VersionRange | None:
    """`less than 0:1.2-3` is a fix, `greater than 0` no fix at all; `less than 0` says that nothing is affected."""
    version = bound.version
    if bound.package.startswith("kernel-livepatch-"):
        return None
    empty = version.partition(":")[2].strip("-") in ("", "0", "0-0")
    if bound.operation == "less than":
        return None if empty else VersionRange(fixed=version)
    return VersionRange() if bound.operation.startswith("greater than") and empty else None
