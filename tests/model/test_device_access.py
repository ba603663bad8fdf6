"""The rules of the device controller: the last word on all devices starts anew, others are exceptions to it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.model.device_access import ALLOWED_BY_RUNC, ALLOWED_BY_RUNTIMES, TUN, DeviceRule, of_rules

NUMBERS = st.sampled_from([-1, 1, 10, 250])
RULES = st.builds(
    DeviceRule,
    kind=st.sampled_from(["a", "b", "c"]),
    major=NUMBERS,
    minor=NUMBERS,
    access=st.sets(st.sampled_from("rwm"), min_size=1).map(lambda letters: "".join(sorted(letters))),
    allow=st.booleans(),
)
NOTHING = DeviceRule(kind="a", allow=False)
EVERYTHING = DeviceRule(kind="a")


@given(st.lists(RULES))
def test_a_rule_on_everything_makes_what_came_before_not_matter(before: list[DeviceRule]) -> None:
    assert of_rules([*before, NOTHING]) == of_rules([NOTHING]) == of_rules([])
    assert of_rules([*before, EVERYTHING]) == of_rules([EVERYTHING])


@given(
    st.lists(RULES),
    st.sampled_from("bc"),
    NUMBERS.filter(lambda number: number > 0),
    NUMBERS.filter(lambda number: number > 0),
)
def test_what_may_be_done_together_may_be_done_alone(rules: list[DeviceRule], kind: str, major: int, minor: int) -> None:
    found = of_rules(rules)
    if found.may(kind, major, minor, "rw"):
        assert found.may(kind, major, minor, "r")
        assert found.may(kind, major, minor, "w")


@given(st.lists(RULES.filter(lambda rule: rule.kind != "a"), max_size=4), RULES.filter(lambda rule: rule.kind != "a"))
def test_allowing_more_takes_nothing_away(rules: list[DeviceRule], more: DeviceRule) -> None:
    before, after = (
        of_rules([NOTHING, *rules]),
        of_rules([NOTHING, *rules, DeviceRule(kind=more.kind, major=more.major, minor=more.minor)]),
    )
    for letter in "rwm":
        assert after.may(more.kind, max(more.major, 1), max(more.minor, 1), letter)
        assert after.may("c", 10, 200, letter) or not before.may("c", 10, 200, letter)


@pytest.mark.parametrize(
    ("rules", "read", "written"),
    [
        ((NOTHING,), False, False),
        ((EVERYTHING,), True, True),
        ((NOTHING, DeviceRule(kind="c", major=10, minor=229, access="r")), True, False),
        ((NOTHING, DeviceRule(kind="c", major=10)), True, True),
        ((NOTHING, DeviceRule(kind="b", major=10)), False, False),
        ((EVERYTHING, DeviceRule(kind="c", major=10, minor=229, access="w", allow=False)), True, False),
        (
            (
                NOTHING,
                DeviceRule(kind="c", major=10, minor=229),
                DeviceRule(kind="c", major=10, minor=229, access="w", allow=False),
            ),
            True,
            False,
        ),
    ],
)
def test_fuse(rules: tuple[DeviceRule, ...], read: bool, written: bool) -> None:
    found = of_rules(rules)
    assert (found.may("c", 10, 229, "r"), found.may("c", 10, 229, "w")) == (read, written)


def test_only_runc_adds_tun() -> None:
    assert of_rules(ALLOWED_BY_RUNC).may("c", 10, 200, "rwm")
    assert not of_rules(ALLOWED_BY_RUNTIMES).may("c", 10, 200, "r")
    assert str(TUN) == "c 10:200 rwm"
