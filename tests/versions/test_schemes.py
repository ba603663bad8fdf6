"""Every scheme is a total order, agrees with its specification's examples, and raises only `Malformed`."""

import itertools
import json
import shutil
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.errors import Malformed
from ringfence.versions import apk, composer, conda, cpe, dpkg, go, maven, nuget, pep440, rpm, rubygems, semver

LADDERS = Path(__file__).parent / "ladders"
Key = Callable[[str], Any]
KEYS: dict[str, Key] = {
    module.SCHEME.slug: module.key
    for module in (apk, composer, conda, cpe, dpkg, go, maven, nuget, pep440, rpm, rubygems, semver)
}

digits = st.one_of(st.integers(0, 30).map(str), st.sampled_from(["00", "01", "010", "20191109021931"]))
dotted = st.lists(digits, min_size=1, max_size=4).map(".".join)
word = st.text("abAZ019-", min_size=1, max_size=4)

VERSIONS = {
    "pep440": st.builds(
        "{}{}{}{}{}".format,
        st.sampled_from(["", "1!"]),
        dotted,
        st.sampled_from(["", "a1", "b2", "rc1"]),
        st.sampled_from(["", ".post1"]),
        st.sampled_from(["", ".dev3", "+local.1"]),
    ),
    "semver": st.builds(
        "{}{}{}{}".format,
        st.sampled_from(["", "v"]),
        st.lists(digits, min_size=1, max_size=3).map(".".join),
        st.one_of(st.just(""), st.lists(word, min_size=1, max_size=3).map(lambda words: "-" + ".".join(words))),
        st.sampled_from(["", "+incompatible"]),
    ),
    "dpkg": st.builds(
        "{}{}{}{}".format,
        st.sampled_from(["", "0:", "1:"]),
        st.sampled_from("0123"),
        st.text("019az.+~", max_size=6),
        st.one_of(st.just(""), st.text("019az.+~", min_size=1, max_size=5).map("-{}".format)),
    ),
    "rpm": st.builds(
        "{}{}{}".format,
        st.sampled_from(["", "0:", "1:"]),
        st.text("019az.+~^_", min_size=1, max_size=6),
        st.one_of(st.just(""), st.text("019az.+~^", min_size=1, max_size=5).map("-{}".format)),
    ),
    "go": st.builds(
        "{}{}{}".format,
        st.sampled_from(["v", ""]),
        st.lists(digits, min_size=2, max_size=3).map(".".join),
        st.sampled_from(["", "-rc.1", "-0.20191109021931-daa7c04131f5", "+incompatible"]),
    ),
    "maven": st.builds(
        "{}{}".format,
        dotted,
        st.lists(
            st.sampled_from(
                ["-alpha", "-a1", ".b2", "-rc", "cr1", "-SNAPSHOT", ".Final", "-ga", "-sp", ".jre8", "-1", ".0", "_2", "x"]
            ),
            max_size=3,
        ).map("".join),
    ),
    "rubygems": st.builds(
        "{}{}{}".format, dotted, st.sampled_from(["", ".a", ".rc1", ".pre.0", ".b.0.c"]), st.sampled_from(["", "-x", "-1.y"])
    ),
    "nuget": st.builds(
        "{}{}{}".format, dotted, st.sampled_from(["", "-alpha", "-Beta.2", "-rc.1"]), st.sampled_from(["", "+a"])
    ),
    "composer": st.builds(
        "{}{}{}{}".format,
        st.sampled_from(["", "v"]),
        dotted,
        st.sampled_from(["", "-alpha", "b2", "-RC1.2", "-p1", ".stable"]),
        st.sampled_from(["", "-dev"]),
    ),
    "conda": st.builds(
        "{}{}{}{}".format,
        st.sampled_from(["", "1!"]),
        dotted,
        st.sampled_from(["", "a1", "dev", ".post1", "rc2", ".dev0"]),
        st.sampled_from(["", "+1", "-1"]),
    ),
    "cpe": st.builds(
        "{}{}{}".format,
        dotted,
        st.sampled_from(["", "a", "p1", "rc1", "beta", "-beta2", "_sp1"]),
        st.sampled_from(["", ".1", "-dev"]),
    ),
    "apk": st.builds(
        "{}{}{}{}{}".format,
        dotted,
        st.sampled_from(["", "a", "b"]),
        st.lists(st.sampled_from(["_alpha", "_beta2", "_pre1", "_rc", "_git20", "_p", "_p1"]), max_size=2).map("".join),
        st.sampled_from(["", "~0a", "~ff"]),
        st.sampled_from(["", "-r0", "-r1", "-r10"]),
    ),
}


def test_every_scheme_has_its_ladders() -> None:
    assert {path.stem for path in LADDERS.glob("*.json")} == set(KEYS) == set(VERSIONS)


@pytest.mark.parametrize("slug", KEYS)
def test_examples_of_the_specification(slug: str) -> None:
    key = KEYS[slug]
    told = json.loads((LADDERS / f"{slug}.json").read_text())
    for ladder in told["ladders"]:
        for lower, higher in itertools.combinations(ladder, 2):
            assert key(lower) < key(higher), (lower, higher)
            assert not key(higher) < key(lower), (lower, higher)
    for one, other in told["equal"]:
        assert key(one) == key(other), (one, other)
    for version in told["invalid"]:
        with pytest.raises(Malformed):
            key(version)


@pytest.mark.parametrize("slug", KEYS)
@given(data=st.data())
@settings(max_examples=100)
def test_total_order(slug: str, data: st.DataObject) -> None:
    key = KEYS[slug]
    a, b, c = (key(data.draw(VERSIONS[slug])) for _ in range(3))
    assert (a < b) + (b < a) + (a == b) == 1
    for x, y, z in itertools.permutations((a, b, c)):
        assert not (x <= y <= z) or x <= z


@pytest.mark.parametrize("slug", KEYS)
@given(text=st.text(max_size=40))
@settings(max_examples=100)
def test_any_text_is_a_version_or_malformed(slug: str, text: str) -> None:
    with suppress(Malformed):
        KEYS[slug](text)


@pytest.mark.parametrize("slug", KEYS)
@pytest.mark.parametrize("text", ["9" * 10_000, "1." * 5_000 + "0", "1:" * 5_000, "9" * 250, "1-" + "9" * 250, "٣", "1.٣"])
def test_monsters_are_refused_or_read(slug: str, text: str) -> None:
    try:
        KEYS[slug](text)
    except Malformed as error:
        assert len(str(error)) < 1_000  # noqa: PT017 - both ways are right; the message must stay short


@pytest.mark.skipif(shutil.which("dpkg") is None, reason="dpkg is not here to be asked")
@given(a=VERSIONS["dpkg"], b=VERSIONS["dpkg"])
@settings(max_examples=60, deadline=None)
def test_dpkg_agrees(a: str, b: str) -> None:
    said = subprocess.run(["dpkg", "--compare-versions", a, "lt", b], check=False).returncode == 0
    assert (dpkg.key(a) < dpkg.key(b)) is said


@pytest.mark.skipif(shutil.which("rpm") is None, reason="rpm is not here to be asked")
@given(pairs=st.lists(st.tuples(*[st.text("0129abz.+~^_", min_size=1, max_size=8)] * 2), min_size=20, max_size=60))
@settings(max_examples=8, deadline=None)
def test_rpm_agrees(pairs: list[tuple[str, str]]) -> None:
    script = "".join(f"print(rpm.vercmp([[{a}]],[[{b}]])..' ')" for a, b in pairs)
    said = subprocess.run(["rpm", "--eval", f"%{{lua:{script}}}"], capture_output=True, text=True, check=True).stdout
    mine = [(rpm.key(a) > rpm.key(b)) - (rpm.key(a) < rpm.key(b)) for a, b in pairs]
    assert [int(word) for word in said.split()] == mine
