"""Drawings fit a screen, keep to the grammar of their language, and let no name in a target write it."""

import re
from xml.etree import ElementTree as ET

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from report.poison import poisoned
from report.sample_report import PATHS, SAMPLE, asked
from ringfence.model.report import Report
from ringfence.report import dot, graphml, mermaid
from ringfence.report.diagram.drawing import MOST_BOXES, drawing
from ringfence.report.style import Style

MANY = tuple(
    msgspec.structs.replace(
        PATHS[0],
        steps=tuple(
            msgspec.structs.replace(step, source=f"{step.source} {n}", target=f"{step.target} {n}")
            for step in PATHS[0].steps
        ),
    )
    for n in range(40)
)
REPORTS = (SAMPLE, asked(3), asked(13), msgspec.structs.replace(SAMPLE, paths=MANY))
DOT_LINE = re.compile(
    r'digraph "([^"\\]|\\.)*" \{|  rankdir=LR;|  node \[shape=box, style="rounded,filled"\];|\}'
    r'|  n\d+ \[label="([^"\\]|\\.)*", fillcolor="#[0-9a-f]{6}"\];'
    r'|  n\d+ -> n\d+ \[label="([^"\\]|\\.)*"(, style=dashed)?\];'
)
MERMAID_LINE = re.compile(
    r"flowchart LR|  n\d+\[\"[^\"<>\[\]{}|`\\]*\"\](:::[a-z]+)?"
    r"|  n\d+ (-->|-\.->)(\|\"[^\"<>\[\]{}|`\\]*\"\|)? n\d+|  classDef [a-z]+ fill:#[0-9a-f]{6}"
)
XMLNS = "{http://graphml.graphdrawing.org/xmlns}"


def keep_to_their_grammar(report: Report) -> None:
    for line in dot.render(report, Style()).splitlines():
        assert DOT_LINE.fullmatch(line), line
    for line in mermaid.render(report, Style()).splitlines():
        assert MERMAID_LINE.fullmatch(line), line
    tree = ET.fromstring(graphml.render(report, Style()))
    nodes = {node.get("id") for node in tree.iter(f"{XMLNS}node")}
    ends = {edge.get(end) for edge in tree.iter(f"{XMLNS}edge") for end in ("source", "target")}
    assert ends <= nodes


@pytest.mark.parametrize("report", REPORTS)
def test_drawings_keep_to_their_grammar_and_to_a_screen(report: Report) -> None:
    keep_to_their_grammar(report)
    assert len(drawing(report).boxes) <= MOST_BOXES + 8


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=20))
def test_no_name_writes_the_language(text: str) -> None:
    keep_to_their_grammar(poisoned(msgspec.structs.replace(SAMPLE, impacts=asked(3).impacts), text))


def test_what_is_not_drawn_is_counted() -> None:
    shown = drawing(msgspec.structs.replace(SAMPLE, paths=MANY))
    assert any(box.label.endswith("paths more") for box in shown.boxes)


def test_a_step_that_lacks_a_fact_is_dashed() -> None:
    assert any(arrow.doubtful for arrow in drawing(SAMPLE).arrows)
    assert "style=dashed" in dot.render(SAMPLE, Style())
