"""What the host's containers stand on: a line for each component, with who starts it and how many containers are on it."""

from ringfence.model.knowledge import known_or
from ringfence.model.report import ComponentUse, Report
from ringfence.report.style import Style
from ringfence.report.terminal.canvas import Line, Span, heading, marks, padded
from ringfence.report.terminal.words import columns, count, cut, listed

MOST = 12
"""Components named without `--details`: one host has fewer, a fleet has more than anybody reads."""


def sections(report: Report, style: Style) -> list[Line]:
    """The heading and the lines; nothing where no component was seen."""
    if not report.components:
        return []
    shown = report.components if style.details else report.components[:MOST]
    width = min(max(columns(_name(item)) for item in shown), style.columns // 2)
    lines = heading("stands on", style, (Span("containers on each component, and the engines that start it", "quiet"),))
    lines += [_line(item, width, style, several=len({use.node for use in report.components}) > 1) for item in shown]
    rest = len(report.components) - len(shown)
    if rest:
        lines.append((Span(f"  {count(rest, 'more component')} (--details names them)", "quiet"),))
    return lines


def _line(item: ComponentUse, width: int, style: Style, several: bool) -> Line:
    more = marks(style).more
    start = (Span("  "), *padded(cut(_name(item), width, more), width), Span("  "))
    on = f"{item.workloads:,} of {count(item.workloads_seen, 'container')}"
    where = f" on {item.node}" if several else ""
    room = style.columns - width - 4 - columns(on) - columns(where) - 8
    under = f"  under {listed(list(item.engines), room, more)}" if item.engines and room > 0 else ""
    return (*start, Span(on, "strong" if item.workloads else "quiet"), Span(f"{where}{under}", "quiet"))


def _name(item: ComponentUse) -> str:
    package = f" ({item.package_version})" if item.package_version else ""
    return f"{item.name} {known_or(item.version, 'of unknown version')}{package}"
