"""OVAL definitions as advisories: what the feeds of rpm distributions have in common."""

from collections.abc import Callable, Iterable, Iterator

from ringfence.formats.oval import Bound, Definition
from ringfence.model.advisory import Advisory, AffectedVersions, VersionRange
from ringfence.model.finding import Severity

SEVERITIES = {
    "critical": Severity.CRITICAL,
    "important": Severity.HIGH,
    "high": Severity.HIGH,
    "moderate": Severity.MEDIUM,
    "medium": Severity.MEDIUM,
    "low": Severity.LOW,
}
"""The vendors' words."""


def advisories(found: Iterable[Definition], ecosystem: Callable[[Definition], str]) -> Iterator[Advisory]:
    """A record for each CVE of each definition; `ecosystem` gives a definition's, or nothing to pass it over.

    Records of one CVE are put together: a CVE has a definition for each package, and an id may be there once only.
    """
    kept: dict[str, Advisory] = {}
    for item in found:
        name = ecosystem(item)
        affected = tuple(_entries(item.bounds, name)) if name else ()
        for cve in cves(item) if affected else ():
            before = kept.get(cve)
            kept[cve] = Advisory(
                id=cve,
                modified=max(item.issued, before.modified if before else ""),
                summary=before.summary if before else item.title,
                severity=SEVERITIES.get(item.severity.lower(), Severity.UNKNOWN),
                affected=tuple(dict.fromkeys((*(before.affected if before else ()), *affected))),
            )
    yield from kept.values()


def cves(item: Definition) -> tuple[str, ...]:
    """The CVEs a definition refers to; Photon writes `CVE:00001:CVE-2019-16168`, SUSE `Mitre CVE-1999-0524`."""
    names = (id_.rpartition(":")[2].rpartition(" ")[2] for source, id_ in item.references if source.upper() == "CVE")
    return tuple(dict.fromkeys(name for name in names if name.startswith("CVE-")))


def _entries(bounds: tuple[Bound, ...], ecosystem: str) -> Iterator[AffectedVersions]:
    """A range for each package. `less than` is a fix; `less than or equal` a last version known to be affected."""
    by_package: dict[str, dict[str, str]] = {}
    for bound in bounds:
        by_package.setdefault(bound.package, {})[bound.operation] = bound.version
    for package, said in by_package.items():
        fixed, last = said.get("less than", ""), said.get("less than or equal", "")
        if fixed or last:
            start = said.get("greater than or equal", said.get("greater than", "0"))
            # "no fix up to here": later versions are likely affected too, but nobody says so.
            made = VersionRange(introduced=start, fixed=fixed, last_affected="" if fixed else last)
            yield AffectedVersions(ecosystem=ecosystem, name=package, ranges=(made,))
