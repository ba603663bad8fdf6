"""Conditions over predicates: what each means, and that what is not there never passes for a no."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import statement_query

PREDICATE: dict[str, object] = {
    "builder": {"id": "https://builder.example/v2"},
    "ref": "refs/tags/v1.2",
    "scanned": "2026-11-20T10:00:00Z",
    "vulnerabilities": [
        {"id": "CVE-1", "severity": "CRITICAL", "fixed": True},
        {"id": "CVE-2", "severity": "LOW", "fixed": False, "score": 3.1},
    ],
    "annotations": {"a.b": 7},
    "empty": [],
}


@pytest.mark.parametrize(
    "text",
    [
        "builder.id == 'https://builder.example/v2'",
        "builder.id ~ \"https://builder.example/*\" and not ref ~ 'refs/heads/*'",
        "scanned > '2026-11-01'",
        "count(vulnerabilities) == 2",
        "count(vulnerabilities, severity == 'CRITICAL' and not fixed == true) == 0",
        "any(vulnerabilities, exists(score) and score >= 3)",
        "all(vulnerabilities, severity in ['LOW', 'CRITICAL'])",
        "all(empty, severity == 'LOW')",
        "annotations['a.b'] == 7 and vulnerabilities[-1].id == 'CVE-2'",
        "count(vulnerabilities, $.ref ~ 'refs/*') == 2",
        "missing == 1 or ref != 'x'",
        "ref != 'x' or missing == 1",
        "not (ref == 'x' or ref == 'y')",
        "'tags' in ref",
    ],
)
def test_it_holds(text: str) -> None:
    assert statement_query.parse(text).missing(PREDICATE) == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ref == 'x'", "it does not hold that"),
        ("missing == 1", "it does not say missing"),
        ("not missing == 1", "it does not say missing"),
        ("missing != 1", "it does not say missing"),
        ("count(vulnerabilities, score > 9) == 0", "it does not say score"),
        ("count(missing) == 0", "it does not say missing"),
        ("ref > 3", "is of another kind"),
        ("count(ref) == 0", "is of another kind"),
        ("vulnerabilities[0].fixed == 1", "it does not hold that"),
        ("builder", "it does not hold that"),
        ("vulnerabilities[7].id == 'x'", "it does not say vulnerabilities[7]"),
    ],
)
def test_it_does_not_and_says_why(text: str, said: str) -> None:
    assert said in statement_query.parse(text).missing(PREDICATE)


@pytest.mark.parametrize(
    "text", ["", "a ==", "== 1", "a b", "(a == 1", "count()", "any(a)", "none(a)", "a..b", "a['b'", "a == 'x", "a # b", "[1"]
)
def test_what_is_none_is_told(text: str) -> None:
    with pytest.raises(Malformed):
        statement_query.parse(text)


def test_depth_and_work_have_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    for text in ("(" * 100 + "a" + ")" * 100, "not " * 100 + "a", "[" * 100, "a " * 3000):
        with pytest.raises(LimitExceeded):
            statement_query.parse(text)
    monkeypatch.setattr(statement_query, "MAX_STEPS", 100)
    many = {"a": list(range(20))}
    with pytest.raises(LimitExceeded):
        statement_query.parse("count(a, any($.a, it == 1)) == 0").missing(many)


@given(st.text(alphabet="ab.[]()'\"=<>~ 01,nortcu", max_size=60))
def test_any_text_is_a_condition_or_one_error(text: str) -> None:
    with contextlib.suppress(Malformed, LimitExceeded):
        statement_query.parse(text).missing(PREDICATE)
