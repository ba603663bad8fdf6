"""The last steps of a run: the user's exceptions, the gate, and the form the report takes."""

from collections.abc import Callable, Iterable
from typing import cast

import msgspec

from ringfence.engine.index import plugin, plugins
from ringfence.engine.judging import identity
from ringfence.errors import WrongUsage
from ringfence.formats import ignore_file
from ringfence.formats import vex as vex_format
from ringfence.formats.ignore_file import Exemption
from ringfence.graph.remedies import points
from ringfence.model.finding import Finding, FindingKind, Severity, Shown
from ringfence.model.report import Report, RunStatus, Status
from ringfence.policy import exceptions, gate, selection, vex
from ringfence.report.style import Style

EXPIRED = "exception-expired"
"""The rule of a finding about the ignore file itself."""


def with_exceptions(report: Report, file: tuple[str, bytes] | None, today: str) -> tuple[Report, tuple[str, ...]]:
    """The report after the ignore file (its path and bytes), and a line for each exception that met nothing.

    Raises `Malformed` naming the line of the file. An exception that has run out is a finding, and a problem of the run.
    """
    if file is None:
        return report, ()
    path, data = file
    applied = exceptions.apply(report.findings, ignore_file.parse(data, path), today)
    problems = report.status.problems + applied.problems
    status = Status(result=RunStatus.PARTIAL if problems else report.status.result, problems=problems)
    lapsed = tuple(_lapsed(exemption, finding) for exemption, finding in applied.expired)
    kept = msgspec.structs.replace(report, findings=(*applied.findings, *lapsed), status=status)
    return kept, tuple(f"{item.at}: this exception met no finding" for item in applied.unused)


def _lapsed(exemption: Exemption, covered: Finding) -> Finding:
    """The finding that an exception's last day is over while what it covered is still there."""
    return Finding(
        id=identity(EXPIRED, exemption.at, exemption.until),
        rule=EXPIRED,
        kind=FindingKind.MISCONFIGURATION,
        layer=covered.layer,
        severity=Severity.LOW,
        title=f"the exception of {exemption.at} ran out on {exemption.until}, and what it covered is still there",
        description=f"Its reason was: {exemption.reason}",
        remedy="Mend what it covered, or decide again and give a later date.",
        target=covered.target,
        location=exemption.at,
        evidence=Shown(seen=(f"{covered.rule}: {covered.title}",)),
    )


def with_vex(report: Report, documents: Iterable[tuple[str, bytes]]) -> Report:
    """The report after VEX documents (path and bytes). Raises `Malformed` naming the document."""
    statements = tuple(statement for path, data in documents for statement in vex_format.parse(data, path))
    if not statements:
        return report
    place = vex.Place(report.target.ref, report.target.digest)
    return msgspec.structs.replace(report, findings=vex.apply(report.findings, statements, place))


def by_risk(report: Report) -> Report:
    """The report with its findings by risk points, most first; equal ones stay as they were."""
    return msgspec.structs.replace(report, findings=tuple(sorted(report.findings, key=lambda item: -points(item))))


def renderer(form: str) -> Callable[[Report, Style], str]:
    """The `render` of a report format. Raises `WrongUsage` for one there is none of."""
    found = plugin("REPORT", form)
    if found is None:
        known = ", ".join(item.slug for item in plugins("REPORT"))
        raise WrongUsage(f"there is no report format {form!r}", mend=f"give one of {known}")
    return cast("Callable[[Report, Style], str]", found.load().render)


def demand_reissued(form: str) -> None:
    """Raises `WrongUsage` for a format whose documents have no versions."""
    known = [item.slug for item in plugins("REPORT") if item.fields.get("reissued")]
    if form not in known:
        raise WrongUsage(f"--reissue does not go with --format {form}", mend=f"give --format {', '.join(known)}")


def render(report: Report, form: str, at_least: str, style: Style) -> str:
    """The report as text, without the findings less severe than `at_least` (empty: all of them), ending in a newline."""
    shown = selection.select(report, Severity(at_least) if at_least else None)
    text = renderer(form)(shown, style)
    return text if text.endswith("\n") else f"{text}\n"


def exit_status(report: Report, fail_on: str) -> int:
    """The exit status of a run whose gate is `fail_on` (a severity, or empty for none)."""
    return gate.exit_status(report, Severity(fail_on) if fail_on else None)
