"""Which packages which advisories are about: exact, by the ecosystem's own order of versions.

Source of the rules: OSV schema, "Evaluation" (a version is affected if it is listed, or lies in a range). Nothing here is
ever silent: a version that has no order, and an ecosystem without data, come out as values of their own.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ringfence.advisories.merge import merged, related
from ringfence.advisories.names import ecosystem_key, family, package_key
from ringfence.errors import Malformed
from ringfence.model.advisory import Advisory, AffectedVersions, VersionRange
from ringfence.model.fact import Fact
from ringfence.model.package import Package

VersionKey = Callable[[str], Any]
"""The `key` of a version scheme: values of one scheme are totally ordered. Raises `Malformed`."""

BEGINNING = "0"
"""OSV's word for "before every version", in every scheme."""


class Match(Fact):
    """A package and what is wrong with it.

    `advisory` is the record; where several records are about the same vulnerability it is all of them in one, under the
    CVE's id if it has one, the others as aliases. `fixed_version` is the lowest version above the installed one that none
    of them calls affected, as the advisory writes it; empty where no fix is known.
    """

    package: Package
    advisory: Advisory
    fixed_version: str = ""


class Unmatched(Fact):
    """A package that could not be compared, and why."""

    package: Package
    why: str


class NotAssessed(Fact):
    """An ecosystem the store has no data for, or that has no order of versions here; `packages` is how many of it."""

    ecosystem: str
    packages: int
    why: str


class Matching(Fact):
    """The answer about an inventory."""

    matches: tuple[Match, ...] = ()
    unmatched: tuple[Unmatched, ...] = ()
    not_assessed: tuple[NotAssessed, ...] = ()


class Advisories(Protocol):
    """What the store is to the matcher."""

    def ecosystems(self) -> frozenset[str]:
        """The ecosystems there is data for."""

    def find(self, ecosystem: str, names: Iterable[str]) -> Mapping[str, tuple[Advisory, ...]]:
        """The advisories of each named package that has any."""


class NoAdvisories:
    """No store at all: everything is not assessed."""

    def ecosystems(self) -> frozenset[str]:
        """None."""
        return frozenset()

    def find(self, ecosystem: str, names: Iterable[str]) -> Mapping[str, tuple[Advisory, ...]]:  # noqa: ARG002 - the protocol's
        """None."""
        return {}


def match(packages: Iterable[Package], advisories: Advisories, schemes: Mapping[str, VersionKey]) -> Matching:
    """Every package against every advisory. `schemes` has the `key` for each ecosystem's name without its release.

    Packages keep their order. Raises what `advisories` raises, nothing of its own.
    """
    by_ecosystem: dict[str, list[Package]] = {}
    for package in packages:
        by_ecosystem.setdefault(package.ecosystem, []).append(package)
    have = advisories.ecosystems()
    matches: list[Match] = []
    unmatched: list[Unmatched] = []
    not_assessed: list[NotAssessed] = []
    for ecosystem, members in by_ecosystem.items():
        key = schemes.get(family(ecosystem))
        if ecosystem_key(ecosystem) not in have:
            why = f"the advisory store has no data for {ecosystem or 'packages of no ecosystem'}"
            not_assessed.append(NotAssessed(ecosystem=ecosystem, packages=len(members), why=why))
        elif key is None:
            why = f"there is no order of versions for {ecosystem}"
            not_assessed.append(NotAssessed(ecosystem=ecosystem, packages=len(members), why=why))
        else:
            for package, answer in _Ecosystem(ecosystem, key).judge(members, advisories):
                matches.extend(Match(package=package, advisory=about, fixed_version=fixed) for about, fixed in answer.hits)
                unmatched.extend(Unmatched(package=package, why=why) for why in answer.whys)
    return Matching(matches=tuple(matches), unmatched=tuple(unmatched), not_assessed=tuple(not_assessed))


@dataclass(frozen=True, slots=True)
class _Answer:
    """About one version of one package: (advisory, fixed version) for each vulnerability, and what stayed open."""

    hits: tuple[tuple[Advisory, str], ...] = ()
    whys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Range:
    """A range with its bounds as keys; None is the beginning, or no end."""

    start: Any
    end: Any
    inclusive: bool
    fixed: str

    def has(self, version: Any) -> bool:  # noqa: ANN401 - a scheme's own key
        if self.start is not None and version < self.start:
            return False
        return self.end is None or version < self.end or (self.inclusive and version == self.end)


@dataclass(frozen=True, slots=True)
class _Record:
    """An advisory as it bears on one package."""

    advisory: Advisory
    ranges: tuple[_Range, ...]
    listed: frozenset[str]
    listed_keys: tuple[Any, ...] = ()
    broken: str = ""

    def has(self, version: Any) -> bool:  # noqa: ANN401 - a scheme's own key
        for range_ in self.ranges:  # no generator: this is the innermost loop of all
            if range_.has(version):
                return True
        return version in self.listed_keys


@dataclass(frozen=True, slots=True)
class _Kin:
    """The records of one package that ids and aliases tie together: usually one vulnerability, and mostly one record."""

    records: tuple[_Record, ...]
    broken: tuple[_Record, ...] = ()
    _told: dict[tuple[str, ...], tuple[tuple[Advisory, tuple[_Record, ...]], ...]] = field(default_factory=dict)

    def told(self, hit: list[_Record]) -> tuple[tuple[Advisory, tuple[_Record, ...]], ...]:
        """The vulnerabilities that these of its records are about, each as one advisory, with its records."""
        if not hit:
            return ()
        ids = tuple(record.advisory.id for record in hit)
        if ids not in self._told:
            of = {id(record.advisory): record for record in hit}
            groups = related(tuple(record.advisory for record in hit))
            self._told[ids] = tuple((merged(group), tuple(of[id(item)] for item in group)) for group in groups)
        return self._told[ids]


_NOTHING = _Answer()


def _fixed(here: Any, members: tuple[_Record, ...]) -> str:  # noqa: ANN401 - a scheme's own key
    candidates = {
        range_.fixed: range_.end for record in members for range_ in record.ranges if range_.fixed and here < range_.end
    }
    for fixed, key in sorted(candidates.items(), key=lambda pair: pair[1]):
        if not any(record.has(key) or fixed in record.listed for record in members):
            return fixed
    return ""


@dataclass(slots=True)
class _Ecosystem:
    """The packages of one ecosystem being judged: each advisory is read once, each version of a package judged once."""

    ecosystem: str
    key: VersionKey
    _keys: dict[str, Any] = field(default_factory=dict)

    def judge(self, packages: list[Package], advisories: Advisories) -> Iterable[tuple[Package, _Answer]]:
        base = family(self.ecosystem)
        spelled = {name: package_key(base, name) for name in {package.advisory_name for package in packages}}
        found = advisories.find(self.ecosystem, sorted(set(spelled.values())))
        records: dict[str, tuple[_Kin, ...]] = {}
        answers: dict[tuple[str, str], _Answer] = {}
        for package in packages:
            name = spelled[package.advisory_name]
            if name not in found:
                continue
            about = (name, package.advisory_version)
            if about not in answers:
                if name not in records:
                    live = (item for item in found[name] if not item.withdrawn)
                    records[name] = tuple(self._kin(group, name) for group in related(tuple(live)))
                answers[about] = self._answer(package.advisory_version, records[name])
            if answers[about] is not _NOTHING:
                yield package, answers[about]

    def _kin(self, group: Iterable[Advisory], name: str) -> _Kin:
        records = tuple(self._record(item, name) for item in group)
        return _Kin(records, tuple(record for record in records if record.broken))

    def _record(self, advisory: Advisory, name: str) -> _Record:
        mine = [item for item in advisory.affected if self._is_mine(item, name)]
        listed = frozenset(version for item in mine for version in item.versions)
        try:
            ranges = tuple(found for item in mine for found in self._ranges(item.ranges))
        except Malformed as cause:
            return _Record(advisory, (), listed, broken=f"{advisory.id} has a range that cannot be ordered: {cause.wrong}")
        # Where ranges say it all, the list only repeats them; without any, other spellings of a listed version count too.
        keys = () if ranges else tuple(key for key in map(self._key_or_none, sorted(listed)) if key is not None)
        return _Record(advisory, ranges, listed, keys)

    def _is_mine(self, item: AffectedVersions, name: str) -> bool:
        return (
            ecosystem_key(item.ecosystem) == ecosystem_key(self.ecosystem)
            and package_key(family(self.ecosystem), item.name) == name
        )

    def _ranges(self, ranges: tuple[VersionRange, ...]) -> Iterable[_Range]:
        lowest: dict[str, _Range] = {}
        for item in ranges:
            end = item.fixed or item.last_affected
            made = _Range(
                start=None if item.introduced == BEGINNING else self._key(item.introduced),
                end=self._key(end) if end else None,
                inclusive=not item.fixed,
                fixed=item.fixed,
            )
            other = lowest.get(item.introduced)
            # Of several ends after one beginning the lowest counts.
            if other is None or other.end is None or (made.end is not None and made.end < other.end):
                lowest[item.introduced] = made
        return lowest.values()

    def _answer(self, version: str, kins: tuple[_Kin, ...]) -> _Answer:
        hits: list[tuple[Advisory, str]] = []
        whys: list[str] = []
        try:
            here = self._key(version)
        except Malformed as cause:
            # The list of single versions needs no order.
            for kin in kins:
                listed = [record for record in kin.records if version in record.listed]
                hits.extend((about, "") for about, _ in kin.told(listed))
            return _Answer(tuple(hits), (f"its version has no order: {cause.wrong}",)) if kins else _NOTHING
        for kin in kins:
            hit = [record for record in kin.records if version in record.listed or record.has(here)]
            if hit:
                hits.extend((about, _fixed(here, members)) for about, members in kin.told(hit))
            if kin.broken:
                whys.extend(record.broken for record in kin.broken if record not in hit)
        return _Answer(tuple(hits), tuple(whys)) if hits or whys else _NOTHING

    def _key(self, version: str) -> Any:  # noqa: ANN401 - a scheme's own key
        known = self._keys.get(version)
        if known is None:
            known = self._keys[version] = self.key(version)
        return known

    def _key_or_none(self, version: str) -> Any:  # noqa: ANN401 - a scheme's own key
        try:
            return self._key(version)
        except Malformed:
            return None
