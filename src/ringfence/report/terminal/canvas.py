"""Lines of coloured spans, and how they become text. The only place that knows of ANSI colours."""

from typing import NamedTuple

from rich.color import ColorSystem
from rich.style import Style as Look

from ringfence.model.finding import Severity, VerdictStatus
from ringfence.report.style import Style
from ringfence.report.terminal.words import columns, cut, shorten, wrap


class Span(NamedTuple):
    """A piece of a line and the name of its look in `LOOKS`; an empty name is the terminal's own."""

    text: str
    look: str = ""


Line = tuple[Span, ...]
"""One line, without its end."""

BLANK: Line = ()
"""An empty line."""

LOOKS = {
    "": Look(),
    "head": Look(bold=True),
    "strong": Look(bold=True),
    "quiet": Look(dim=True),
    "good": Look(color="green"),
    "bad": Look(color="red", bold=True),
    "link": Look(color="blue"),
    Severity.CRITICAL: Look(color="red", bold=True),
    Severity.HIGH: Look(color="red"),
    Severity.MEDIUM: Look(color="yellow"),
    Severity.LOW: Look(color="cyan"),
    Severity.NEGLIGIBLE: Look(dim=True),
    Severity.UNKNOWN: Look(color="magenta"),
    VerdictStatus.REACHABLE: Look(color="red", bold=True),
    VerdictStatus.UNDECIDED: Look(color="yellow"),
    VerdictStatus.MITIGATED: Look(color="green"),
    VerdictStatus.ABSENT: Look(dim=True),
}
"""The sixteen colours that every terminal lets its user choose: they are readable on dark and on light."""


class Marks(NamedTuple):
    """The few signs that are not words."""

    bar: str
    more: str
    arrow: str
    dot: str
    rule: str


def marks(style: Style) -> Marks:
    """The signs for this terminal."""
    if style.unicode:
        return Marks(bar="▌", more="…", arrow="→", dot="·", rule="─")
    return Marks(bar=" ", more="..", arrow="->", dot="-", rule="-")


def paint(lines: list[Line], style: Style) -> str:
    """The lines as text, with ANSI colours if wanted; no blanks at the ends of lines, never two empty lines in a row."""
    painted = [_painted(line, style.colour) for line in lines]
    return "".join(f"{line}\n" for index, line in enumerate(painted) if line or (index and painted[index - 1]))


def _painted(line: Line, colour: bool) -> str:
    spans = list(line)
    while spans and not spans[-1].text.rstrip():
        spans.pop()
    if spans:
        spans[-1] = Span(spans[-1].text.rstrip(), spans[-1].look)
    if not colour:
        return "".join(span.text for span in spans)
    return "".join(
        LOOKS[span.look].render(span.text, color_system=ColorSystem.STANDARD) if span.text.strip() else span.text
        for span in spans
    )


def padded(text: str, width: int, look: str = "", right: bool = False) -> Line:
    """A text in a field of `width` columns; the blanks carry no look."""
    blanks = Span(" " * max(width - columns(text), 0))
    return (blanks, Span(text, look)) if right else (Span(text, look), blanks)


def fitted(line: Line, width: int, more: str) -> Line:
    """A line cut, at the end, or filled with blanks to exactly `width` columns."""
    kept: list[Span] = []
    room = width
    for span in line:
        short = cut(span.text, room, more) if room >= columns(more) else ""
        kept.append(Span(short, span.look))
        room -= columns(short)
        if short != span.text:
            break
    return (*kept, Span(" " * max(room, 0)))


def paragraph(text: str, style: Style, indent: int, label: str = "", look: str = "") -> list[Line]:
    """A wrapped text at `indent`; `label` stands quietly in front of its first line, in the indent's last ten columns."""
    start = padded(f"{' ' * (indent - 10)}{label}" if label else "", indent, "quiet")
    rest = (Span(" " * indent),)
    return [
        (*(start if index == 0 else rest), Span(line, look)) for index, line in enumerate(wrap(text, style.columns - indent))
    ]


def heading(title: str, style: Style, note: Line = ()) -> list[Line]:
    """A section's title over a thin rule, with a note at the right end."""
    sign = marks(style)
    title = shorten(title, style.columns // 2, sign.more)
    room = style.columns - columns(title) - 2
    taken = sum(columns(span.text) for span in note)
    right = fitted(note, room, sign.more) if taken > room else note
    rule = sign.rule * (room - taken if note else room + 1)
    return [BLANK, (Span(title, "head"), Span(f" {rule}", "quiet"), *((Span(" "), *right) if note else ()))]
