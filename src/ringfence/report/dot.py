"""A drawing in DOT, for Graphviz (`ringfence paths --format dot | dot -Tsvg`).

Source: https://graphviz.org/doc/info/lang.html.
"""

from ringfence.model.declare import ReportFormat
from ringfence.model.report import Report
from ringfence.report.diagram.drawing import drawing
from ringfence.report.style import Style

REPORT = ReportFormat(slug="dot")
COLOURS = {
    "start": "#dddddd",
    "goal": "#f4b6b6",
    "cve": "#f4b6b6",
    "component": "#cfe3f5",
    "more": "#ffffff",
    "step": "#ffffff",
    "reachable": "#f4b6b6",
    "undecided": "#f7e7a8",
    "mitigated": "#c6e8c6",
    "absent": "#eeeeee",
}
"""A quiet colour for each kind of box; what it means is written beside it."""


def render(report: Report, style: Style) -> str:  # noqa: ARG001 - every format has this form
    """The report's drawing as a digraph."""
    made = drawing(report)
    lines = [f"digraph {_quoted(made.title)} {{", "  rankdir=LR;", '  node [shape=box, style="rounded,filled"];']
    for number, box in enumerate(made.boxes):
        lines.append(f"  n{number} [label={_quoted(box.label)}, fillcolor={_quoted(COLOURS.get(box.kind, '#ffffff'))}];")
    for arrow in made.arrows:
        dashed = ", style=dashed" if arrow.doubtful else ""
        lines.append(f"  n{arrow.source} -> n{arrow.target} [label={_quoted(arrow.label)}{dashed}];")
    return "\n".join([*lines, "}"]) + "\n"


def _quoted(text: str) -> str:
    r"""A double-quoted string; a backslash would begin an escape of Graphviz' own (`\N`, `\l`)."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
