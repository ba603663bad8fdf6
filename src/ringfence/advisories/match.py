"""Which packages which advisories are about: exact, by the ecosystem's own order of versions.

Where several records are about one vulnerability of one package, whose word counts is written in docs/advisories.md:
the distribution's own first, then what others made of it; evidence of a fix (a changelog) overrules only those who know
none. Nothing here is ever silent: a version that has no order, an ecosystem without data, and a match that was overruled
come out as values of their own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ringfence.advisories.affected import Entry, Record, VersionKey, mention, record
from ringfence.advisories.merge import merged, related
from ringfence.advisories.names import MODULAR, advised, ecosystem_key, family, module_of, package_key
from ringfence.errors import Malformed
from ringfence.model.advisory import Advisory, AffectedVersions, Authority, FixState
from ringfence.model.fact import Fact
from ringfence.model.finding import Severity
from ringfence.model.package import Package


class Match(Fact):
    """A package and what is wrong with it.

    `advisory` is the record; where several records are about the same vulnerability it is all of them in one, under the
    CVE's id if it has one, the others as aliases. `fixed_version` is the lowest version above the installed one that none
    of them calls affected, as the advisory writes it; empty where no fix is known. `severity` is the one of the package's
    publisher, else the record's. `decided` names the record, feed and rule that decided.
    """

    package: Package
    advisory: Advisory
    fixed_version: str = ""
    state: FixState = FixState.AFFECTED
    note: str = ""
    severity: Severity = Severity.UNKNOWN
    decided: str = ""


class Overruled(Fact):
    """A match that does not count: `by` is who says so, `reason` why."""

    match: Match
    by: str
    reason: str


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
    overruled: tuple[Overruled, ...] = ()
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
    overruled: list[Overruled] = []
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
                matches.extend(hit.match(package) for hit in answer.hits)
                overruled.extend(
                    Overruled(match=hit.match(package), by=hit.by, reason=hit.reason) for hit in answer.overruled
                )
                unmatched.extend(Unmatched(package=package, why=why) for why in answer.whys)
    return Matching(
        matches=tuple(matches), overruled=tuple(overruled), unmatched=tuple(unmatched), not_assessed=tuple(not_assessed)
    )


@dataclass(frozen=True, slots=True)
class _Hit:
    """A vulnerability that one version of a package has; `by` and `reason` are set if it is overruled."""

    advisory: Advisory
    fixed: str = ""
    state: FixState = FixState.AFFECTED
    note: str = ""
    severity: Severity = Severity.UNKNOWN
    decided: str = ""
    by: str = ""
    reason: str = ""

    def match(self, package: Package) -> Match:
        return Match(
            package=package,
            advisory=self.advisory,
            fixed_version=self.fixed,
            state=self.state,
            note=self.note,
            severity=self.severity,
            decided=self.decided,
        )


@dataclass(frozen=True, slots=True)
class _Answer:
    """About one version of one package: what it has, what it would have but for a better word, and what stayed open."""

    hits: tuple[_Hit, ...] = ()
    overruled: tuple[_Hit, ...] = ()
    whys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Kin:
    """The records of one package that ids and aliases tie together: usually one vulnerability, and mostly one record.

    `top` are those whose word counts, `rest` those of less authority; `evidence` are (record, its entries).
    """

    top: tuple[Record, ...]
    rest: tuple[Record, ...] = ()
    evidence: tuple[tuple[Advisory, tuple[AffectedVersions, ...]], ...] = ()
    broken: tuple[Record, ...] = ()
    _told: dict[tuple[str, ...], tuple[tuple[Advisory, tuple[Record, ...]], ...]] = field(default_factory=dict)

    def told(self, hit: list[Record]) -> tuple[tuple[Advisory, tuple[Record, ...]], ...]:
        """The vulnerabilities that these of its records are about, each as one advisory, with its records."""
        if not hit:
            return ()
        ids = tuple(f"{found.advisory.feed} {found.advisory.id}" for found in hit)
        if ids not in self._told:
            of = {id(found.advisory): found for found in hit}
            groups = related(tuple(found.advisory for found in hit))
            self._told[ids] = tuple((merged(group), tuple(of[id(item)] for item in group)) for group in groups)
        return self._told[ids]


_NOTHING = _Answer()
_GROUPLESS = _Answer(whys=("the group of the artifact is not known, and to guess it would name another's faults",))


def _fixed(here: Any, members: Iterable[Record], channels: bool) -> str:  # noqa: ANN401 - a scheme's own key
    """The lowest version above `here` that ends a range and that no record calls affected."""
    members = tuple(members)
    candidates = {
        range_.fixed: range_.end
        for found in members
        for entry in (found.channels if channels else found.entries)
        for range_ in entry.ranges
        if range_.fixed and here < range_.end
    }
    for fixed, key in sorted(candidates.items(), key=lambda pair: pair[1]):
        entries = [entry for found in members for entry in (found.channels if channels else found.entries)]
        if not any(entry.has(fixed, key) for entry in entries):
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
        spelled = {name: package_key(base, name) for name in {advised(package)[0] for package in packages}}
        found = advisories.find(self.ecosystem, sorted(set(spelled.values())))
        kins: dict[tuple[str, str, bool], tuple[_Kin, ...]] = {}
        answers: dict[tuple[str, str, str], _Answer] = {}
        for package in packages:
            own, version = advised(package)
            name = spelled[own]
            if base == "Maven" and ":" not in name:
                yield package, _GROUPLESS
            if name not in found:
                continue
            module = module_of(package) if "rpmmod" in package.purl else ""
            about = (name, version, module)
            if about not in answers:
                of = (name, module, MODULAR in version)
                if of not in kins:
                    live = (item for item in found[name] if not item.withdrawn)
                    kins[of] = tuple(self._kin(group, of) for group in related(tuple(live)))
                answers[about] = self._answer(version, kins[of])
            if answers[about] is not _NOTHING:
                yield package, answers[about]

    def _kin(self, group: Iterable[Advisory], of: tuple[str, str, bool]) -> _Kin:
        speaking: list[Record] = []
        evidence: list[tuple[Advisory, tuple[AffectedVersions, ...]]] = []
        for item in group:
            mine = tuple(entry for entry in item.affected if self._is_mine(entry, *of))
            if item.authority is Authority.EVIDENCE:
                evidence.append((item, mine))
            else:
                speaking.append(record(item, mine, self._key))
        highest = max((found.authority for found in speaking), default=Authority.DERIVED)
        return _Kin(
            top=tuple(found for found in speaking if found.authority == highest),
            rest=tuple(found for found in speaking if found.authority != highest),
            evidence=tuple(evidence),
            broken=tuple(found for found in speaking if found.broken and found.authority == highest),
        )

    def _is_mine(self, item: AffectedVersions, name: str, module: str, modular: bool) -> bool:
        return (
            ecosystem_key(item.ecosystem) == ecosystem_key(self.ecosystem)
            and package_key(family(self.ecosystem), item.name) == name
            and (item.module == module or not item.module)
            # A module's builds and the plain ones have versions of their own; a fix of one is none of the other's.
            and (modular or not any(MODULAR in bound.fixed for bound in item.ranges))
            and not (item.module == "" and module and not any(MODULAR in bound.fixed for bound in item.ranges))
        )

    def _answer(self, version: str, kins: tuple[_Kin, ...]) -> _Answer:
        try:
            here = self._key(version)
        except Malformed as cause:
            # The list of single versions needs no order.
            hits = tuple(
                _Hit(about, severity=about.severity, decided=f"{about.feed}: the version is listed")
                for kin in kins
                for about, _ in kin.told([found for found in kin.top if found.listed(version)])
            )
            return _Answer(hits, (), (f"its version has no order: {cause.wrong}",)) if kins else _NOTHING
        counted: list[_Hit] = []
        overruled: list[_Hit] = []
        whys: list[str] = []
        for kin in kins:
            hit = [found for found in kin.top if found.calls_affected(version, here)]
            for about, members in kin.told(hit):
                made = _hit(version, here, about, members)
                mended = self._mended(here, made, kin)
                (overruled if mended else counted).append(mended or made)
            if kin.rest and not hit:
                overruled.extend(self._outranked(version, here, kin))
            if kin.broken:
                whys.extend(found.broken for found in kin.broken if found not in hit)
        return _Answer(tuple(counted), tuple(overruled), tuple(whys)) if counted or overruled or whys else _NOTHING

    def _mended(self, here: Any, made: _Hit, kin: _Kin) -> _Hit | None:  # noqa: ANN401 - a scheme's own key
        """The hit as overruled by evidence of a fix; None if there is none, or the publisher names a later fix itself."""
        if not kin.evidence or (made.fixed and made.advisory.authority is Authority.PUBLISHER):
            return None
        for about, mine in kin.evidence:
            since = mention(mine, here, self._key)
            if since:
                return _overruled(made, f"{about.feed} {about.id}", f"{about.summary or 'a changelog'} names it, in {since}")
        return None

    def _outranked(self, version: str, here: Any, kin: _Kin) -> Iterable[_Hit]:  # noqa: ANN401 - as above
        """What records of less authority call affected, and those whose word counts do not."""
        hit = [found for found in kin.rest if found.calls_affected(version, here)]
        said = kin.top[0].advisory
        for about, members in kin.told(hit):
            yield _overruled(
                _hit(version, here, about, members),
                f"{said.feed} {said.id}",
                f"the publisher of the package does not count {version} as affected",
            )

    def _key(self, version: str) -> Any:  # noqa: ANN401 - a scheme's own key
        known = self._keys.get(version)
        if known is None:
            known = self._keys[version] = self.key(version)
        return known


def _overruled(hit: _Hit, by: str, reason: str) -> _Hit:
    return _Hit(hit.advisory, hit.fixed, hit.state, hit.note, hit.severity, hit.decided, by, reason)


def _hit(version: str, here: Any, about: Advisory, members: tuple[Record, ...]) -> _Hit:  # noqa: ANN401 - as above
    """The vulnerability as it bears on a version: from which fix on it is gone, and what the publisher says of that."""
    found = members[0]
    entry = found.hit(version, here)
    assert entry is not None  # noqa: S101 - members are those that hit
    fixed = _fixed(here, members, channels=False)
    state = _state(entry, fixed)
    if not fixed and any(member.channels for member in members):
        fixed = _fixed(here, members, channels=True)
        state = FixState.NEEDS_SUBSCRIPTION if fixed else state
    severity = next((item.said.severity for item in (entry,) if item.said.severity is not Severity.UNKNOWN), about.severity)
    return _Hit(about, fixed, state, entry.said.note, severity, _rule(found, entry, version))


def _state(entry: Entry, fixed: str) -> FixState:
    said = entry.said.state
    return FixState.FIXED if fixed and said is FixState.AFFECTED else said


def _rule(found: Record, entry: Entry, version: str) -> str:
    where = "is listed" if version in entry.listed and not entry.ranges else "is in its range"
    return f"{found.advisory.feed or 'feed'} {found.advisory.id}: {entry.said.ecosystem} {entry.said.name} {version} {where}"
