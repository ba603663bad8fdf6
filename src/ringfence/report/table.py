"""The table for people: by layer, worst first, one line a finding; then what could not be told and what to do first.

It fits the width it is given, says the same without colour and without Unicode, and lets nothing through that a terminal
would obey, whatever a target calls its files.
"""

import msgspec

from ringfence.model.declare import ReportFormat
from ringfence.model.report import Report
from ringfence.report.style import Style
from ringfence.report.terminal import attack, components, ending, findings, impacts, on_kernel
from ringfence.report.terminal.canvas import Line, Span, fitted, marks, paint
from ringfence.report.terminal.words import columns, cut, safe, shorten

REPORT = ReportFormat(slug="table")


def render(report: Report, style: Style) -> str:
    """The report as text for a terminal of `style.width` columns."""
    shown = _safe(report, style)
    asked = bool(shown.impacts or shown.attack) and not shown.findings
    lines = [
        *_title(shown, style),
        *impacts.sections(shown.impacts, style),
        *findings.sections(shown, style),
        *findings.suppressed(shown, style),
        *attack.sections(shown, style),
        *on_kernel.sections(shown, style),
        *components.sections(shown, style),
        *([] if asked else ending.counts(shown, style)),
        *ending.not_told(shown, style),
        *ending.fixes(shown, style),
    ]
    return paint(lines, style)


def _safe(report: Report, style: Style) -> Report:
    """The report with every text made safe. Packages and workloads are only counted here, so they are left as they are."""
    bare = msgspec.structs.replace(report, packages=(), workloads=())
    return msgspec.structs.replace(
        safe(bare, ascii_only=not style.unicode), packages=report.packages, workloads=report.workloads
    )


def _title(report: Report, style: Style) -> list[Line]:
    """What was looked at, and when."""
    target = report.target
    sign = marks(style)
    moment = report.made_at.replace("T", " ").removesuffix("Z")
    when = f"{report.made_by} {moment}".strip()
    when = cut(when, style.columns // 2, sign.more)
    kind = cut(f"{target.kind} ", style.columns // 4, sign.more) if target.kind else ""
    room = style.columns - columns(when) - (2 if when else 0)
    name = shorten(target.ref, room - columns(kind), sign.more)
    return [(*fitted((Span(kind), Span(name, "head")), room, sign.more), Span("  "), Span(when, "quiet"))]
