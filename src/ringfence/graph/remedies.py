"""Which few changes remove most risk: findings grouped by the change that makes them go away, ranked by risk per work.

Risk points are ours and coarse: they order changes and are not a measure of anything in the world. A severity step is worth
a factor of about three, so that ten medium findings outweigh a high one only barely.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ringfence.graph.exploitation import urgency
from ringfence.model.finding import Finding, FindingKind, Severity, Storey, VerdictStatus
from ringfence.model.report import Fix

POINTS = {
    Severity.CRITICAL: 40.0,
    Severity.HIGH: 12.0,
    Severity.MEDIUM: 4.0,
    Severity.UNKNOWN: 4.0,
    Severity.LOW: 1.0,
    Severity.NEGLIGIBLE: 0.2,
}
"""Risk of one finding by its severity."""

VERDICT_WEIGHT = {
    VerdictStatus.REACHABLE: 1.0,
    VerdictStatus.UNDECIDED: 0.6,
    VerdictStatus.MITIGATED: 0.2,
    VerdictStatus.ABSENT: 0.0,
}
"""How much of it is left when something is known to stand in the way."""

ONE_LINE, REBUILD, REBOOT = 1, 2, 4
"""Work: a line in a file; a package upgraded and what holds it rebuilt; a kernel replaced and the host rebooted."""


class _Change(NamedTuple):
    """What someone does; equal changes are done once."""

    text: str
    cost: int


def risk(findings: Iterable[Finding]) -> float:
    """The risk points of all findings that count."""
    return round(sum(points(item) for item in findings), 2)


def points(finding: Finding) -> float:
    """The risk points of one finding; a suppressed one has none."""
    if finding.suppressed is not None:
        return 0.0
    weight = VERDICT_WEIGHT[finding.verdict.status] if finding.verdict else 1.0
    return POINTS[finding.severity] * weight * urgency(finding)


def fixes(findings: Sequence[Finding], most: int = 5) -> tuple[Fix, ...]:
    """The `most` changes with most risk removed per work, best first. The order of the findings makes no difference."""
    groups: dict[_Change, list[Finding]] = {}
    for finding in findings:
        change = _change(finding)
        if change is not None and points(finding) > 0:
            groups.setdefault(change, []).append(finding)
    made = [
        Fix(
            change=change.text,
            removes=tuple(sorted(item.id for item in members)),
            cost=change.cost,
            risk_removed=risk(sorted(members, key=lambda item: item.id)),
        )
        for change, members in groups.items()
    ]
    return first(made, most)


def first(made: Iterable[Fix], most: int = 5) -> tuple[Fix, ...]:
    """The `most` changes with most risk removed per work, best first."""
    return tuple(sorted(made, key=lambda fix: (-fix.risk_removed / fix.cost, -fix.risk_removed, fix.change))[:most])


def _change(finding: Finding) -> _Change | None:
    """The change that makes a finding go away; None where nobody knows one."""
    if finding.kind is not FindingKind.VULNERABILITY:
        return _Change(_remedied(finding), REBUILD if finding.layer is Storey.IMAGE else ONE_LINE)
    if finding.package is None:
        where = f" on {finding.target}" if finding.target else ""
        component = finding.location.field
        return _Change(f"Update {component}{where}", REBOOT if component.startswith("linux") else REBUILD)
    if not finding.package.fixed_version:
        return None
    package = finding.package
    name = package.source_name or package.name
    # One upgrade mends all of a package's holes; the versions they ask for are in the findings.
    to = f" to {package.upgrade}" if package.upgrade else ""
    return _Change(f"Upgrade {name} from {package.source_version or package.version}{to} in {_place(finding)}", REBUILD)


def _remedied(finding: Finding) -> str:
    """The remedy where it is to be done. Findings of one rule in one file or workload go away together."""
    place = _place(finding)
    remedy = finding.remedy.rstrip(".")
    return f"{place}: {remedy}" if place else remedy


def _place(finding: Finding) -> str:
    if finding.workload is not None:
        return str(finding.workload)
    return finding.location.path or finding.target
