"""What `--severity` leaves in the display. Nothing is left out silently: the report keeps the count."""

import msgspec

from ringfence.model.finding import Severity
from ringfence.model.report import Report


def select(report: Report, at_least: Severity | None) -> Report:
    """The report without the findings less severe than `at_least`; `hidden` counts those that would have counted.

    Unknown severity ranks with medium. None leaves everything. The gate must have judged the report before.
    """
    if at_least is None:
        return report
    kept = tuple(finding for finding in report.findings if finding.severity.rank <= at_least.rank)
    left_out = sum(finding.severity.rank > at_least.rank and finding.suppressed is None for finding in report.findings)
    return msgspec.structs.replace(report, findings=kept, hidden=report.hidden + left_out)
