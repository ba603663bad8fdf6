"""npm's range expressions: the examples of node-semver's README, and any text. tests/live asks node-semver itself."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import Malformed
from ringfence.versions import npm_range
from ringfence.versions.npm_range import Interval


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        (">=1.2.7 <1.3.0", [Interval("1.2.7", "1.3.0")]),
        ("1.2.7 || >=1.2.9 <2.0.0", [Interval("1.2.7", "1.2.7", True), Interval("1.2.9", "2.0.0")]),
        ("^1.2.3", [Interval("1.2.3", "2.0.0-0")]),
        ("^0.2.3", [Interval("0.2.3-0", "0.3.0-0")]),
        ("^0.0.3", [Interval("0.0.3-0", "0.0.4-0")]),
        ("~1.2", [Interval("1.2.0-0", "1.3.0-0")]),
        ("1.x", [Interval("1.0.0-0", "2.0.0-0")]),
        ("<= 2.1", [Interval("0", "2.2.0-0")]),
        (">2.1.0", [Interval("2.1.1-0")]),
        (">1.0.0-beta", [Interval("1.0.0-beta.0")]),
        ("1.2.3 - 2.3", [Interval("1.2.3", "2.4.0-0")]),
        ("*", [Interval("0")]),
        ("", [Interval("0")]),
        ("<0.0.0", [Interval("0", "0.0.0")]),
        (">2 <1", []),
    ],
)
def test_examples(expression: str, wanted: list[Interval]) -> None:
    assert list(npm_range.intervals(expression)) == wanted


@pytest.mark.parametrize("text", ["latest", "1.2.3 foo", ">=a", "1.2.3.4", "<" * 30_000])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        npm_range.intervals(text)


@given(st.text("0123.x*^~<>=|- vab", max_size=30))
def test_any_text_is_a_range_or_malformed(text: str) -> None:
    with suppress(Malformed):
        for item in npm_range.intervals(text):
            item.has("1.2.3")
