"""Attack paths for people: how much is open, the ways step by step, and what to change, in order, with what that leaves."""

from ringfence.model.attack import AttackAnswer, AttackPath, OtherOrder, PathStep
from ringfence.model.report import Report
from ringfence.report.style import Style
from ringfence.report.terminal.canvas import BLANK, Line, Span, heading, marks, padded, paragraph
from ringfence.report.terminal.words import columns, count, cut, wrap

FIRST_PATHS = 5
"""Paths shown without `--details`."""
FIRST_CHANGES = 10
"""Changes of the plan shown without `--details`."""
_STEP = 16
_JOINTS = frozenset({"in-scope", "be-in-group", "read-everything", "administer"})
"""Steps that are no act of an attacker: they are shown with `--details` only."""
_SCORES = {"cvss": "patching by CVSS", "epss": "patching by EPSS"}


def sections(report: Report, style: Style) -> list[Line]:
    """Everything about paths; nothing if they were not asked about."""
    if report.attack is None:
        return []
    # An audit names its changes together with those for single findings.
    plan = [] if report.fixes else _plan(report.attack, style)
    return [*_open(report.attack, style), *_paths(report.paths, style), *plan]


def _open(answer: AttackAnswer, style: Style) -> list[Line]:
    if not answer.goals_open:
        if not answer.starts:
            return []
        said = f"No path from {count(answer.starts, 'start')} to {count(answer.goals, 'goal')} is known."
        return [BLANK, *paragraph(said, style, 0, look="good")]
    sure = f"{answer.certain:,} of them for certain" if answer.certain < answer.goals_open else "all of them for certain"
    said = (
        f"{answer.goals_open:,} of {count(answer.goals, 'goal')} can be reached, {sure}, from {answer.starts_open:,} of "
        f"{count(answer.starts, 'start')}."
    )
    return [BLANK, *paragraph(said, style, 0, look="bad")]


def _paths(paths: tuple[AttackPath, ...], style: Style) -> list[Line]:
    if not paths:
        return []
    shown = paths if style.details else paths[:FIRST_PATHS]
    lines = heading("attack paths", style, (Span(f"{len(shown)} of {count(len(paths), 'kind')}", "quiet"),))
    for number, path in enumerate(shown, 1):
        lines += [BLANK] if number > 1 else []
        lines += _path(number, path, style)
    rest = len(paths) - len(shown)
    return [*lines, (Span(f"  {count(rest, 'more kind')} of paths (--details shows them)", "quiet"),)] if rest else lines


def _path(number: int, path: AttackPath, style: Style) -> list[Line]:
    sign = marks(style)
    sure = "" if path.certain else ", if no fact that is missing forbids it"
    also = f"; {count(path.alike, 'path')} more of this kind" if path.alike else ""
    note = f"likelihood {path.likelihood:.2g}, {path.effort:g} h{sure}{also}"
    goal = cut(path.goal, style.columns - 4, sign.more)
    lines: list[Line] = [(Span(f"{number:>3} ", "quiet"), Span(goal, "strong"))]
    lines += paragraph(note, style, 4, look="quiet")
    for step in path.steps:
        if style.details or step.technique not in _JOINTS:
            lines += _step(step, sign.arrow, style)
    return lines


def _step(step: PathStep, arrow: str, style: Style) -> list[Line]:
    sign = marks(style)
    room = style.columns - 6 - (columns(arrow) - 1)
    target = cut(step.target, room, sign.more)
    lines: list[Line] = [(Span(f"    {arrow} ", "quiet"), Span(target))]
    if columns(target) + 2 + columns(step.title) <= room:
        lines = [(*lines[0], Span(f"  {step.title}", "quiet"))]
    else:
        lines += [(Span("      "), Span(line, "quiet")) for line in wrap(step.title, style.columns - 6)]
    if style.details:
        ids = ", ".join((step.technique, *step.attack))
        lines += paragraph(ids, style, _STEP, "is", "quiet")
        lines += paragraph("; ".join(step.because), style, _STEP, "because") if step.because else []
        lines += paragraph("; ".join(step.cuts), style, _STEP, "cut by", "good") if step.cuts else []
    if step.missing:
        lines += paragraph("; ".join(step.missing), style, _STEP, "not told", "undecided")
    return lines


def _plan(answer: AttackAnswer, style: Style) -> list[Line]:
    if not answer.plan:
        return _uncut(answer, style)
    best = "no set does it for less" if answer.exact else f"no set does it for less than {answer.bound:g} h"
    note = f"{count(len(answer.plan), 'change')}, {answer.effort:g} h; {best}"
    lines = heading("what cuts them", style, (Span(note, "quiet"),))
    shown = answer.plan if style.details else answer.plan[:FIRST_CHANGES]
    for number, change in enumerate(shown, 1):
        left = f"{change.effort:g} h; leaves {_left(change.goals_open, change.starts_open)}"
        start = (Span(f"{number:>3} ", "quiet"),)
        texts = wrap(change.change, style.columns - 4)
        lines += [(*(start if index == 0 else (Span("    "),)), Span(text)) for index, text in enumerate(texts)]
        lines.append((Span("    "), Span(left, "quiet")))
    rest = len(answer.plan) - len(shown)
    if rest:
        lines.append((Span(f"    {count(rest, 'more change')} (--details names them)", "quiet"),))
    return [*lines, *_uncut(answer, style), *(_compared(item, style) for item in answer.compared)]


def _uncut(answer: AttackAnswer, style: Style) -> list[Line]:
    if not answer.uncut:
        return []
    lead = "leads" if answer.uncut == 1 else "lead"
    said = f"{count(answer.uncut, 'start')} {lead} to a goal whatever is changed, as far as changes are known here."
    return paragraph(said, style, 0, look="bad")


def _compared(item: OtherOrder, style: Style) -> Line:
    left = _left(item.goals_open, item.starts_open)
    said = f"{count(item.changes, 'update')} in {item.effort:g} h: leaves {left}"
    start = padded(f"  {cut(_SCORES.get(item.by, item.by), 17, marks(style).more)}", 20, "quiet")
    return (*start, Span(cut(said, style.columns - 20, marks(style).more)))


def _left(goals: int, starts: int) -> str:
    return f"{count(goals, 'goal')} and {count(starts, 'start')} open"
