"""How the table ends: the counts, what could not be told, and what to change first."""

from ringfence.model.report import Report, RunStatus, UndecidedCheck
from ringfence.report.style import Style
from ringfence.report.terminal.canvas import BLANK, Line, Span, heading, marks, padded, paragraph
from ringfence.report.terminal.findings import tally
from ringfence.report.terminal.words import columns, count, listed, wrap

FIRST_FIXES = 5
"""Changes named: as many as somebody does in a day."""
FIRST_UNDECIDED = 8
"""Undecided checks named one by one without `--details`."""
_FIX_INDENT = 12
"""Columns before the text of a change: its number and its share of risk."""


def counts(report: Report, style: Style) -> list[Line]:
    """The line that sums up, and below it whatever this table does not show."""
    lines: list[Line]
    counting = [finding for finding in report.findings if finding.suppressed is None]
    targets = {finding.target for finding in counting if finding.target} or {report.target.ref}
    seen = [count(len(report.packages), "package"), count(len(report.workloads), "workload")]
    if counting:
        said = f"in {count(len(targets), 'target')}; {', '.join(seen)}"
        numbers = tally(counting, style.columns)
        fits = sum(columns(span.text) for span in numbers) + 2 + columns(said) <= style.columns
        after: list[Line] = [] if fits else [(Span(said, "quiet"),)]
        lines = [BLANK, (*numbers, Span(f"  {said}", "quiet")) if fits else numbers, *after]
    else:
        found = "No finding is shown" if report.hidden else "No finding counts" if report.findings else "No finding"
        lines = [BLANK, (Span(found, "strong"), Span(f"; {', '.join(seen)}", "quiet"))]
    lines += paragraph(_left_out(report, style), style, 0, look="quiet")
    if report.status.result is not RunStatus.SUCCEEDED:
        word = "failed" if report.status.result is RunStatus.FAILED else "partial"
        lines += paragraph(f"This run is {word}: see below for what could not be done.", style, 0, look="bad")
    return lines


def _left_out(report: Report, style: Style) -> str:
    parts: list[str] = []
    covered = sum(finding.suppressed is not None for finding in report.findings)
    if covered:
        how = "" if style.show_suppressed else " (--show-suppressed lists them)"
        parts.append(f"{count(covered, 'suppressed finding')}{how}")
    if report.hidden:
        parts.append(f"{count(report.hidden, 'finding')} below the asked severity not shown")
    return f"and {'; '.join(parts)}" if parts else ""


def not_told(report: Report, style: Style) -> list[Line]:
    """What could not be done or decided, each once: a missing answer is not a good one."""
    problems = list(dict.fromkeys((item.where, item.why, item.mend) for item in report.status.problems))
    asked = _merged(report.undecided)
    if not problems and not asked:
        return []
    lines = heading("not told", style)
    for place, why, mend in problems:
        lines += _entry(place, why, mend, style)
    shown = asked if style.details else asked[:FIRST_UNDECIDED]
    for rules, why, subjects in shown:
        for_what = f" ({count(subjects, 'subject')})" if subjects > 1 else ""
        lines += _entry(listed(rules, style.columns - 2, marks(style).more), f"{why}{for_what}", "", style)
    rest = len(asked) - len(shown)
    if rest:
        lines.append((Span(f"  {count(rest, 'more reason', 'more reasons')} (--details names them)", "quiet"),))
    return lines


def _merged(undecided: tuple[UndecidedCheck, ...]) -> list[tuple[list[str], str, int]]:
    """The checks that lack the same fact, together; the most often missed first."""
    rules: dict[str, dict[str, None]] = {}
    subjects: dict[str, set[str]] = {}
    for item in undecided:
        rules.setdefault(item.why, {})[item.rule] = None
        subjects.setdefault(item.why, set()).update(item.subjects)
    merged = [(list(rules[why]), why, len(subjects[why])) for why in rules]
    return sorted(merged, key=lambda item: (-item[2], -len(item[0]), item[1]))


def _entry(name: str, why: str, mend: str, style: Style) -> list[Line]:
    """`name  why; mend`, on one line if it fits, else the name above."""
    whole = f"{why}; {mend}" if mend else why
    if 4 + columns(name) + columns(whole) <= style.columns:
        return [(Span("  "), Span(name), Span(f"  {whole}", "quiet"))]
    body = [(Span("      "), Span(line, "quiet")) for line in wrap(whole, style.columns - 6)]
    return [*((Span("  "), Span(line)) for line in wrap(name, style.columns - 2)), *body]


def fixes(report: Report, style: Style) -> list[Line]:
    """The changes worth making first, with the findings that go away and the share of all risk that goes with them."""
    if not report.fixes:
        return []
    first = report.fixes[:FIRST_FIXES]
    of_all = report.risk > 0
    note = f"{len(first)} of {count(len(report.fixes), 'change')}, {'share of all risk' if of_all else 'points of risk'}"
    lines = heading("worth doing first", style, (Span(note, "quiet"),))
    for number, fix in enumerate(first, 1):
        share = f"{fix.risk_removed / report.risk:.0%}" if of_all else f"{fix.risk_removed:,.0f}"
        start = (Span(f"{number:>3} ", "quiet"), *padded(share, 6, "good", right=True), Span("  "))
        room = style.columns - _FIX_INDENT
        *body, last = wrap(fix.change, room) or [""]
        gain = f"{count(len(fix.removes), 'finding')}, {count(fix.cost, 'step')}"
        blank = (Span(" " * _FIX_INDENT),)
        fits = columns(last) + 2 + columns(gain) <= room
        ending = (Span(last), Span(f"  {gain}", "quiet")) if fits else (Span(last),)
        texts: list[Line] = [*((Span(text),) for text in body), ending]
        lines += [(*(start if index == 0 else blank), *text) for index, text in enumerate(texts)]
        if not fits:
            lines.append((*blank, Span(gain, "quiet")))
    return lines
