"""The table: it fits, it is the same without colour, and no name in a target reaches the terminal as a command."""

import re
import unicodedata
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from report.poison import poisoned
from report.renewal import compare
from report.sample_report import IMAGE_REPORT, SAMPLE, asked
from ringfence.model.finding import Severity
from ringfence.model.report import Report, RunStatus, Status, Target
from ringfence.report.style import Style
from ringfence.report.table import render

SNAPSHOTS = Path(__file__).parent / "snapshots"
REPORTS = {"audit": SAMPLE, "image": IMAGE_REPORT, "impact": asked(3), "impact-many": asked(13)}
SGR = re.compile("\x1b\\[[0-9;]*m")
EVERYTHING = msgspec.structs.replace(SAMPLE, impacts=asked(9).impacts)
EMPTY = Report(
    schema="ringfence/report/v1",
    made_by="",
    made_at="",
    target=Target(kind="image", ref="empty"),
    status=Status(result=RunStatus.SUCCEEDED),
)
STYLES = st.builds(
    Style,
    width=st.integers(0, 200),
    colour=st.booleans(),
    details=st.booleans(),
    unicode=st.booleans(),
    show_suppressed=st.booleans(),
)
HOSTILE = st.text(
    st.one_of(st.sampled_from("\x1b\x9b\x07\r\n\u202e\u2066\u200b\ufeff\udcff[]\\漢 é"), st.characters()), max_size=12
)


@pytest.mark.parametrize("width", [80, 160])
@pytest.mark.parametrize("name", REPORTS)
def test_looks_as_it_did(name: str, width: int) -> None:
    compare(SNAPSHOTS / f"{name}-{width}.txt", render(REPORTS[name], Style(width=width)))


@pytest.mark.parametrize("width", [80, 160])
def test_details_look_as_they_did(width: int) -> None:
    style = Style(width=width, details=True, show_suppressed=True, unicode=False)
    compare(SNAPSHOTS / f"audit-details-{width}.txt", render(SAMPLE, style))


@settings(max_examples=60, deadline=None)
@given(HOSTILE, STYLES)
def test_nothing_a_terminal_obeys_gets_through(text: str, style: Style) -> None:
    shown = render(poisoned(EVERYTHING, text), style)
    plain = SGR.sub("", shown) if style.colour else shown
    bad = [char for char in plain if char != "\n" and unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
    assert not bad
    assert style.unicode or plain.isascii()
    # The colours are our own only: without them the very same text remains.
    assert plain == render(poisoned(EVERYTHING, text), msgspec.structs.replace(style, colour=False))


@settings(max_examples=60, deadline=None)
@given(st.one_of(HOSTILE, st.text(max_size=200)), STYLES)
def test_every_line_fits_but_addresses(text: str, style: Style) -> None:
    for line in render(poisoned(EVERYTHING, text), msgspec.structs.replace(style, colour=False)).splitlines():
        assert cell_len(line) <= style.columns or "http" in line, line
        assert line == line.rstrip()


def test_no_escape_is_cut_in_two() -> None:
    for width in range(60, 130):
        for line in render(poisoned(SAMPLE, "\x1b\u202e" * 9), Style(width=width)).splitlines():
            assert not re.search(r"\\(x.?|u.{0,3})…", line), line


def test_rich_markup_in_a_name_is_text() -> None:
    assert "[bold red]" in render(poisoned(IMAGE_REPORT, "[bold red]"), Style(width=160, colour=True))


def test_the_vulnerabilities_of_a_package_share_a_line() -> None:
    lines = [line for line in render(SAMPLE, Style(width=160)).splitlines() if "jinja2 2.10" in line]
    assert len(lines) == 1
    assert "→ 3.1.4, 4 advisories" in lines[0]
    assert "high" in lines[0]


def test_equal_findings_share_a_line_and_details_take_them_apart() -> None:
    assert sum("setuid-file" in line for line in render(SAMPLE, Style(width=160)).splitlines()) == 1
    assert (
        sum("▌ medium     setuid-file" in line for line in render(SAMPLE, Style(width=160, details=True)).splitlines()) == 6
    )


def test_the_worst_comes_first_in_each_layer() -> None:
    order = ["critical", "high", "medium", "unknown", "low", "negligible"]
    seen: list[int] = []
    for line in render(SAMPLE, Style(width=160)).splitlines():
        if line.startswith("▌"):
            seen.append(order.index(line.split()[1]))
        elif line:
            assert seen == sorted(seen)
            seen = []


def test_what_is_not_shown_is_counted() -> None:
    shown = " ".join(render(SAMPLE, Style(width=80)).split())
    assert "1 suppressed finding (--show-suppressed lists them)" in shown
    assert "3 findings below the asked severity not shown" in shown
    assert "card-number-logged" not in shown
    listed = render(SAMPLE, Style(width=160, show_suppressed=True))
    assert "the test handler, never deployed (.ringfence-ignore:4, until 2027-03-31)" in listed


def test_each_thing_not_told_is_told_once() -> None:
    shown = render(SAMPLE, Style(width=160))
    assert shown.count("seccompDefault") == 1
    assert "seccomp-unconfined, apparmor-unconfined" in shown
    assert shown.count("permission denied; run as root to see its containers") == 1


def test_five_changes_with_their_share_of_the_risk() -> None:
    shown = render(SAMPLE, Style(width=160))
    assert "5 of 6 changes, share of all risk" in shown
    assert re.search(r"1 +30%  Update linux-image-amd64 .*2 findings, 3 steps", shown)
    assert "points of risk" in render(msgspec.structs.replace(SAMPLE, risk=0.0), Style(width=160))


def test_nothing_found_is_not_nothing_wrong() -> None:
    shown = render(EMPTY, Style(width=80))
    assert "No finding; 0 packages, 0 workloads" in shown
    undecided = msgspec.structs.replace(EMPTY, undecided=SAMPLE.undecided, hidden=2)
    assert "No finding is shown" in render(undecided, Style())
    assert "not told" in render(undecided, Style())


def test_impact_shows_preconditions_of_few_and_groups_many() -> None:
    few, many = render(asked(3), Style(width=160)), render(asked(13), Style(width=160))
    assert few.count("not met") == 1
    assert "2 more: same verdict for the same reasons" in few
    assert "not met" not in many
    assert "12 more: same verdict for the same reasons" in many
    assert few.index("reachable ") < few.index("undecided ") < few.index("mitigated ") < few.index("absent ")
    assert "not met" in render(asked(13), Style(width=160, details=True))


@pytest.mark.parametrize("severity", Severity)
def test_every_severity_has_a_colour_and_a_word(severity: Severity) -> None:
    one = msgspec.structs.replace(SAMPLE.findings[0], severity=severity)
    shown = render(msgspec.structs.replace(EMPTY, findings=(one,)), Style(width=120, colour=True))
    assert f"1 {severity}" in SGR.sub("", shown)
