"""Look-alike names: every single slip of a long name is seen, no much-used name is one, and the shipped lists keep apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.knowledge.popular_names import neighbours, popular, table
from ringfence.layers.application.evaluate.look_alike import SHORTEST, resembles

NONE: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("reqeusts", "requests"),
        ("requets", "requests"),
        ("requestss", "requests"),
        ("reauests", "requests"),
        ("pythondateutil", "python-dateutil"),
        ("dateutil-python", "python-dateutil"),
        ("python_dateutil", "python-dateutil"),
        ("djang0", "django"),
        ("nurnpy", "numpy"),
        ("cryptogaphy", "cryptography"),
        ("requests", ""),
        ("request", ""),
        ("psycopg", ""),
        ("flask-login", ""),
        ("boto", ""),
        ("my-own-thing", ""),
    ],
)
def test_known_slips(name: str, wanted: str) -> None:
    assert resembles(name, popular("PyPI"), neighbours("PyPI")) == wanted


@pytest.mark.parametrize("name", ["crossenv", "cross-env.js", "expres", "lodahs", "electorn", "discord.js-user"])
def test_names_that_were_attacks_on_npm(name: str) -> None:
    wanted = {"crossenv": "cross-env", "expres": "express", "lodahs": "lodash", "electorn": "electron"}.get(name, "")
    assert resembles(name, popular("npm") | {"electron", "cross-env", "lodash", "express"}, NONE) == wanted


@given(st.sampled_from(sorted(popular("PyPI"))), st.data())
def test_every_swap_of_neighbours_is_seen(name: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(name) - 2))
    slipped = name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    both_letters = name[at].isalpha() and name[at + 1].isalpha()
    if len(name) >= SHORTEST and both_letters and slipped not in popular("PyPI"):
        assert resembles(slipped, popular("PyPI"), NONE) != ""


@given(st.text(max_size=30))
def test_any_text(name: str) -> None:
    found = resembles(name, popular("npm"), neighbours("npm"))
    assert found == "" or (found in popular("npm") and found != name)


def test_the_lists_have_sources_and_no_name_twice() -> None:
    for item in (*table().lists, *table().neighbours):
        assert item.source
        assert len(set(item.names)) == len(item.names)
    for item in table().lists:
        assert not any(resembles(name, frozenset(item.names), NONE) for name in item.names)
