import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.errors import Malformed
from ringfence.model.knowledge import Known, Unknown
from ringfence.versions import kernel

ASCENDING = ["2.6.32", "2.6.32.71", "3.0", "4.15-rc9", "4.15", "4.19.2", "4.19.10", "5.15.131", "6.1-rc1", "6.1-rc10", "6.1"]


def test_the_order() -> None:
    keys = [kernel.key(version) for version in ASCENDING]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)
    assert kernel.key("6.1") == kernel.key("v6.1.0") == kernel.key("6.1.0-28-amd64")
    assert kernel.key("6.1.119-1~bpo11+1") == kernel.key("6.1.119")


@pytest.mark.parametrize(
    ("release", "wanted"),
    [
        ("6.18.44-fc-v669", "6.18.44"),
        ("6.12.48+deb13-amd64", "6.12.48"),
        ("6.13-rc1", "6.13-rc1"),
        ("6.13~rc5-1~exp1", "6.13-rc5"),
        ("6.13.0-0.rc5.42.fc42.x86_64", "6.13.0-rc5"),
        ("6.12.0-300.fc41.x86_64", "6.12.0"),
        ("5.10.234-225.910.amzn2.x86_64", "5.10.234"),
    ],
)
def test_what_a_release_tells(release: str, wanted: str) -> None:
    assert kernel.upstream(release) == wanted
    assert kernel.upstream_told(release) == Known(wanted)


@pytest.mark.parametrize(
    "release",
    [
        "6.1.0-28-amd64",
        "6.1.0-0.deb11.28-cloud-amd64",
        "5.15.0-91-generic",
        "5.14.0-427.13.1.el9_4.x86_64",
        "5.15.0-200.131.27.el8uek.x86_64",
        "6.4.0-150600.23.25-default",
        "hurd",
        "",
    ],
)
def test_what_a_release_hides_is_unknown(release: str) -> None:
    assert isinstance(kernel.upstream_told(release), Unknown)


def test_branches() -> None:
    assert kernel.branch("6.1.119") == "6.1"
    assert kernel.branch("2.6.32.71") == "2.6.32"
    with pytest.raises(Malformed):
        kernel.branch("6")


numbers = st.lists(st.integers(0, 999), min_size=1, max_size=4)
versions = st.builds(
    lambda parts, rc, tail: ".".join(map(str, parts)) + rc + tail,
    numbers,
    st.sampled_from(["", "-rc1", "-rc12"]),
    st.sampled_from(["", "-amd64", "+deb13", "-1~bpo"]),
)


@given(versions, versions)
@settings(max_examples=100)
def test_the_key_is_a_total_order_that_upstream_keeps(left: str, right: str) -> None:
    one, other = kernel.key(left), kernel.key(right)
    assert (one < other) + (one == other) + (one > other) == 1
    assert kernel.key(kernel.upstream(left)) == one


@given(st.text(max_size=60))
@settings(max_examples=100)
def test_any_text(text: str) -> None:
    kernel.upstream_told(text)
    for function in (kernel.key, kernel.upstream, kernel.branch):
        with contextlib.suppress(Malformed):
            function(text)


@pytest.mark.parametrize(
    ("release", "wanted"),
    [
        ("6.1.0-28-amd64", ""),
        ("6.1.0-28-cloud-amd64", "cloud"),
        ("5.15.0-91-generic", "generic"),
        ("5.14.0-427.13.1.el9_4.x86_64", ""),
        ("6.18.44", ""),
    ],
)
def test_flavours(release: str, wanted: str) -> None:
    assert kernel.flavour(release) == wanted


def test_builds_of_one_flavour_are_ordered_by_all_their_numbers() -> None:
    ordered = ["6.1.0-9-amd64", "6.1.0-28-amd64", "6.1.0-30-amd64", "6.5.0-1-amd64"]
    keys = [kernel.build_key(release) for release in ordered]
    assert keys == sorted(keys)
    assert kernel.build_key("5.14.0-427.13.1.el9_4") < kernel.build_key("5.14.0-427.16.1.el9_4")
