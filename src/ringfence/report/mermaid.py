"""A drawing in Mermaid, for Markdown that is shown on a forge.

Source: https://mermaid.js.org/syntax/flowchart.html ("Special characters that break syntax", "Entity codes").
"""

from ringfence.model.declare import ReportFormat
from ringfence.model.report import Report
from ringfence.report.diagram.drawing import drawing
from ringfence.report.style import Style

REPORT = ReportFormat(slug="mermaid")
CLASSES = {
    "goal": "fill:#f4b6b6",
    "cve": "fill:#f4b6b6",
    "reachable": "fill:#f4b6b6",
    "undecided": "fill:#f7e7a8",
    "mitigated": "fill:#c6e8c6",
    "component": "fill:#cfe3f5",
}


def render(report: Report, style: Style) -> str:  # noqa: ARG001 - every format has this form
    """The report's drawing as a flowchart."""
    made = drawing(report)
    lines = ["flowchart LR"]
    for number, box in enumerate(made.boxes):
        css = f":::{box.kind}" if box.kind in CLASSES else ""
        lines.append(f'  n{number}["{_escaped(box.label)}"]{css}')
    for arrow in made.arrows:
        line = "-.->" if arrow.doubtful else "-->"
        label = f'|"{_escaped(arrow.label)}"|' if arrow.label else ""
        lines.append(f"  n{arrow.source} {line}{label} n{arrow.target}")
    used = {box.kind for box in made.boxes}
    lines += [f"  classDef {kind} {look}" for kind, look in CLASSES.items() if kind in used]
    return "\n".join(lines) + "\n"


_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,:-_/()@=+'")


def _escaped(text: str) -> str:
    """Everything that is not plain as an entity code: neither Mermaid nor the HTML that it makes may read it."""
    return "".join(char if char in _SAFE else f"#{ord(char)};" for char in text)
