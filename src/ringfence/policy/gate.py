"""The gate: whether a report may pass, and the exit status that says so.

Judge the whole report, before `policy.selection` leaves anything out of the display.
"""

from collections.abc import Iterable

from ringfence.model.finding import Finding, Severity
from ringfence.model.report import Report, RunStatus

PASSED = 0
"""All the work was done and the gate is passed."""
GATE_FAILED = 1
"""A finding is as severe as `--fail-on` says, or more."""
PARTIAL = 3
"""The gate is passed, as far as can be told: part of the work could not be done. (2 is for errors raised.)"""


def passes(findings: Iterable[Finding], fail_on: Severity | None) -> bool:
    """Whether no finding is as severe as `fail_on` or worse. Suppressed findings do not count; None lets all pass.

    A finding of unknown severity counts as medium: nobody said that it is less.
    """
    return fail_on is None or not any(
        finding.suppressed is None and finding.severity.rank <= fail_on.rank for finding in findings
    )


def exit_status(report: Report, fail_on: Severity | None) -> int:
    """The exit status of a run. A failed gate goes before an incomplete run: it stays failed whatever is missing."""
    if not passes(report.findings, fail_on):
        return GATE_FAILED
    return PASSED if report.status.result is RunStatus.SUCCEEDED else PARTIAL
