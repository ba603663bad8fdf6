"""CVSS base scores agree with Red Hat's library in every version, and any text is a score or `Malformed`."""

from contextlib import suppress
from typing import Any

import cvss as judge  # type: ignore[import-untyped]  # ships no types
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import Malformed
from ringfence.formats import cvss
from ringfence.model.finding import Severity

METRICS = {
    "CVSS:3.1/": {"AV": "NALP", "AC": "LH", "PR": "NLH", "UI": "NR", "S": "UC", "C": "HLN", "I": "HLN", "A": "HLN"},
    "CVSS:3.0/": {"AV": "NALP", "AC": "LH", "PR": "NLH", "UI": "NR", "S": "UC", "C": "HLN", "I": "HLN", "A": "HLN"},
    "CVSS:4.0/": {
        "AV": "NALP",
        "AC": "LH",
        "AT": "NP",
        "PR": "NLH",
        "UI": "NPA",
        **dict.fromkeys(("VC", "VI", "VA", "SC", "SI", "SA"), "HLN"),
    },
    "": {"AV": "LAN", "AC": "HML", "Au": "MSN", "C": "NPC", "I": "NPC", "A": "NPC"},
}
JUDGES: dict[str, Any] = {"CVSS:3.1/": judge.CVSS3, "CVSS:3.0/": judge.CVSS3, "CVSS:4.0/": judge.CVSS4, "": judge.CVSS2}


@st.composite
def vectors(draw: st.DrawFn) -> tuple[str, str]:
    version = draw(st.sampled_from(list(METRICS)))
    words = [f"{name}:{draw(st.sampled_from(values))}" for name, values in METRICS[version].items()]
    return version, version + "/".join(words)


@given(vectors())
def test_the_score_is_the_librarys(made: tuple[str, str]) -> None:
    version, vector = made
    assert cvss.base_score(vector) == pytest.approx(float(JUDGES[version](vector).base_score))


@given(st.one_of(st.text(max_size=60), st.text("CVSS:34.0/AVNL:", max_size=60).map("CVSS:4.0/{}".format)))
def test_any_text(text: str) -> None:
    with suppress(Malformed):
        assert 0.0 <= cvss.base_score(text) <= 10.0


@pytest.mark.parametrize(
    ("vector", "score", "severity"),
    [
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8, Severity.CRITICAL),
        ("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H", 8.8, Severity.HIGH),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 9.3, Severity.CRITICAL),
        ("CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 5.4, Severity.MEDIUM),
        ("AV:N/AC:L/Au:N/C:C/I:C/A:C", 10.0, Severity.HIGH),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0.0, Severity.NEGLIGIBLE),
    ],
)
def test_examples(vector: str, score: float, severity: Severity) -> None:
    assert cvss.base_score(vector) == score
    assert cvss.severity(vector) is severity
