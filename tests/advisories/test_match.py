"""Matching: every package comes out as matched, clean, or not told with a reason; no id is lost on the way."""

from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.advisories.bearing import Bearing, bearing
from ringfence.advisories.claims import claims
from ringfence.advisories.match import Matching, match
from ringfence.advisories.merge import merged, related
from ringfence.model.advisory import Advisory, AffectedVersions, VersionRange
from ringfence.model.package import Package
from ringfence.versions import pep440


class Held:
    """A store of what it is given."""

    def __init__(self, *records: Advisory) -> None:
        self.records = records

    def ecosystems(self) -> frozenset[str]:
        return frozenset({"PyPI"})

    def bearings(self, ecosystem: str, names: Iterable[str]) -> Iterator[tuple[str, Bearing]]:  # noqa: ARG002 - one only
        for wanted in names:
            held = [claim for n, item in enumerate(self.records) for _, name, claim in claims(item, n) if name == wanted]
            if held:
                yield wanted, bearing(held)

    def fetch(self, numbers: Iterable[int]) -> None:
        """All are here."""

    def advisory(self, number: int) -> Advisory:
        return self.records[number]


def advisory(id_: str, *ranges: VersionRange, aliases: tuple[str, ...] = (), versions: tuple[str, ...] = ()) -> Advisory:
    about = AffectedVersions(ecosystem="PyPI", name="a", ranges=ranges, versions=versions)
    return Advisory(id=id_, modified="", aliases=aliases, affected=(about,))


def package(version: str, ecosystem: str = "PyPI") -> Package:
    return Package(purl=f"pkg:pypi/a@{version}", name="a", version=version, ecosystem=ecosystem)


def found(version: str, *records: Advisory) -> Matching:
    return match((package(version),), Held(*records), {"PyPI": pep440.key})


bounds = st.integers(0, 9).map(str)
ranges = st.builds(
    VersionRange,
    introduced=bounds,
    fixed=st.one_of(st.just(""), bounds),
)


@given(bounds, st.lists(ranges, max_size=4))
def test_a_range_is_half_open_and_of_several_ends_the_lowest_counts(version: str, held: list[VersionRange]) -> None:
    lowest: dict[int, int] = {}
    for item in held:
        end = int(item.fixed) if item.fixed else 99
        lowest[int(item.introduced)] = min(lowest.get(int(item.introduced), 99), end)
    wanted = any(start <= int(version) < end for start, end in lowest.items())
    assert bool(found(version, advisory("A", *held)).matches) is wanted


@given(bounds, st.lists(st.tuples(ranges, st.sets(st.sampled_from("ABCDEF"))), min_size=1, max_size=6))
def test_merging_loses_no_id_and_splits_no_kin(version: str, held: list[tuple[VersionRange, set[str]]]) -> None:
    records = [advisory(f"R{number}", item, aliases=tuple(aliases)) for number, (item, aliases) in enumerate(held)]
    groups = related(records)
    assert sorted(item.id for group in groups for item in group) == sorted(item.id for item in records)
    names = [{name for item in group for name in (item.id, *item.aliases)} for group in groups]
    assert sum(map(len, names)) == len(set().union(*names)), "no name in two groups"
    for group, told in zip(groups, names, strict=True):
        one = merged(group)
        assert {one.id, *one.aliases} == told
    hit = {id_ for item in found(version, *records).matches for id_ in (item.advisory.id, *item.advisory.aliases)}
    for item in records:
        assert not found(version, item).matches or item.id in hit


def test_the_fix_is_the_lowest_that_no_record_calls_affected() -> None:
    one = advisory("GHSA-1", VersionRange(fixed="2.0"), VersionRange(introduced="3.0", fixed="3.5"), aliases=("CVE-1",))
    other = advisory("PYSEC-1", VersionRange(fixed="2.1"), aliases=("CVE-1",))
    told = found("1.0", one, other).matches
    assert [(item.advisory.id, item.fixed_version) for item in told] == [("CVE-1", "2.1")]
    assert set(told[0].advisory.aliases) == {"GHSA-1", "PYSEC-1"}
    assert found("3.1", one, other).matches[0].fixed_version == "3.5"
    assert found("1.0", advisory("A", VersionRange())).matches[0].fixed_version == ""


def test_last_affected_is_the_last_one_affected() -> None:
    record = advisory("A", VersionRange(introduced="1.0", last_affected="2.0"))
    assert [bool(found(version, record).matches) for version in ("0.9", "1.0", "2.0", "2.0.1")] == [False, True, True, False]


def test_withdrawn_records_never_match() -> None:
    record = Advisory(id="A", modified="", withdrawn="2020-01-01", affected=advisory("A", VersionRange()).affected)
    assert found("1.0", record) == Matching()


def test_listed_versions_match_in_any_spelling_and_without_an_order() -> None:
    record = advisory("A", versions=("1.0", "not-a-version"))
    assert found("1.0.0", record).matches
    told = found("not-a-version", record)
    assert told.matches
    assert "no order" in told.unmatched[0].why


@pytest.mark.parametrize(
    ("version", "record", "why"),
    [
        ("one", advisory("A", VersionRange(fixed="2")), "no order"),
        ("1.0", advisory("A", VersionRange(fixed="two")), "A has a range that cannot be ordered"),
    ],
)
def test_what_cannot_be_compared_is_told(version: str, record: Advisory, why: str) -> None:
    told = found(version, record)
    assert not told.matches
    assert why in told.unmatched[0].why


def test_an_ecosystem_without_data_or_order_is_told() -> None:
    told = match((package("1", "npm"), package("2", "npm")), Held(), {"PyPI": pep440.key}).not_assessed
    assert [(item.ecosystem, item.packages, item.why) for item in told] == [
        ("npm", 2, "the advisory store has no data for npm")
    ]
    assert "no order" in match((package("1"),), Held(), {}).not_assessed[0].why
