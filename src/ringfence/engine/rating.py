"""What the store knows of each CVE beyond versions, put on the findings: EPSS, KEV, SSVC, CVSS, age."""

import os
from collections.abc import Iterable

import msgspec

from ringfence.advisories.store import default_path, open_store
from ringfence.errors import Malformed, Unavailable
from ringfence.formats import cvss
from ringfence.model.finding import Finding, FindingKind, Severity, Ssvc
from ringfence.model.rating import Rating


def rated(findings: Iterable[Finding], db: str) -> tuple[Finding, ...]:
    """The findings with what is known of their CVEs; as they were where there is no store (empty: the default one).

    `kev` is False, not unknown, only where the store has the catalogue and the CVE is not in it.
    """
    held = tuple(findings)
    names = {cve for item in held for cve in _cves(item)}
    try:
        with open_store(db or default_path(os.environ)) as store:
            known = store.ratings(names) if names else {}
            listed = any(source.feed == "kev" for source in store.sources())
    except Unavailable:
        return held
    return tuple(_rated(item, known, listed=listed) for item in held)


def _cves(finding: Finding) -> tuple[str, ...]:
    if finding.kind is not FindingKind.VULNERABILITY:
        return ()
    return tuple(name for name in (finding.rule, *finding.aliases) if name.startswith("CVE-"))


def _rated(finding: Finding, known: dict[str, Rating], *, listed: bool) -> Finding:
    cves = _cves(finding)
    if not cves:
        return finding
    found = [known[cve] for cve in cves if cve in known]
    likely = max((item for item in found if item.epss is not None), key=lambda item: item.epss or 0.0, default=None)
    points = next((item for item in found if item.exploitation or item.automatable or item.technical_impact), None)
    vector = finding.cvss or next((item.cvss for item in found if item.cvss), "")
    return msgspec.structs.replace(
        finding,
        severity=_severity(finding.severity, vector),
        cvss=vector,
        epss=likely.epss if likely else finding.epss,
        epss_percentile=likely.percentile if likely else None,
        kev=any(item.kev for item in found) if listed else finding.kev,
        ssvc=_points(points) if points else None,
        published=min((item.published for item in found if item.published), default=""),
    )


def _severity(own: Severity, vector: str) -> Severity:
    """The severity the publisher gave; where it gave none, the vector's."""
    if own is not Severity.UNKNOWN or not vector:
        return own
    try:
        return cvss.severity(vector)
    except Malformed:
        return own


def _points(item: Rating) -> Ssvc:
    return Ssvc(exploitation=item.exploitation, automatable=item.automatable, technical_impact=item.technical_impact)
