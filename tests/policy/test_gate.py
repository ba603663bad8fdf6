"""The gate's truth table."""

import msgspec
import pytest

from ringfence.model.finding import Finding, FindingKind, Severity, Storey, Suppression
from ringfence.model.report import SCHEMA, Report, RunStatus, Status, Target
from ringfence.policy.gate import exit_status, passes
from ringfence.policy.selection import select


def finding(severity: Severity, suppressed: bool = False) -> Finding:
    return Finding(
        id=severity,
        rule="r",
        kind=FindingKind.CODE,
        layer=Storey.IMAGE,
        severity=severity,
        title="t",
        suppressed=Suppression(by="x:1", reason="y") if suppressed else None,
    )


def report(result: RunStatus, *findings: Finding) -> Report:
    target = Target(kind="image", ref="x")
    return Report(schema=SCHEMA, made_by="", made_at="", target=target, status=Status(result=result), findings=findings)


@pytest.mark.parametrize(
    ("severity", "fail_on", "passed"),
    [
        (Severity.CRITICAL, Severity.CRITICAL, False),
        (Severity.HIGH, Severity.CRITICAL, True),
        (Severity.CRITICAL, Severity.LOW, False),
        (Severity.UNKNOWN, Severity.MEDIUM, False),
        (Severity.UNKNOWN, Severity.HIGH, True),
        (Severity.NEGLIGIBLE, Severity.LOW, True),
        (Severity.NEGLIGIBLE, Severity.NEGLIGIBLE, False),
        (Severity.CRITICAL, None, True),
    ],
)
def test_gate(severity: Severity, fail_on: Severity | None, passed: bool) -> None:
    assert passes([finding(severity)], fail_on) is passed
    assert passes([finding(severity, suppressed=True)], fail_on)


def test_exit_status() -> None:
    bad = finding(Severity.HIGH)
    assert exit_status(report(RunStatus.SUCCEEDED, bad), None) == 0
    assert exit_status(report(RunStatus.SUCCEEDED, bad), Severity.HIGH) == 1
    assert exit_status(report(RunStatus.PARTIAL, bad), Severity.HIGH) == 1
    assert exit_status(report(RunStatus.PARTIAL, bad), Severity.CRITICAL) == 3
    assert exit_status(report(RunStatus.FAILED), None) == 3


def test_selection_counts_what_it_hides() -> None:
    whole = report(
        RunStatus.SUCCEEDED, *(finding(severity) for severity in Severity), finding(Severity.LOW, suppressed=True)
    )
    shown = select(whole, Severity.MEDIUM)
    assert [item.severity for item in shown.findings] == ["critical", "high", "medium", "unknown"]
    assert shown.hidden == 2
    assert select(whole, None) == whole
    assert select(shown, Severity.CRITICAL).hidden == 5
    assert msgspec.structs.replace(shown, findings=whole.findings, hidden=0) == whole
