"""Which packages which advisories are about: exact, by the ecosystem's own order of versions.

Where several records are about one vulnerability of one package, whose word counts is written in docs/advisories.md:
the distribution's own first, then what others made of it; evidence of a fix (a changelog) overrules only those who know
none. Nothing here is ever silent: a version that has no order, an ecosystem without data, and a match that was overruled
come out as values of their own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec

from ringfence.advisories.affected import Entry, Range, Record, VersionKey, mention, record
from ringfence.advisories.claims import Claim
from ringfence.advisories.merge import merged, related
from ringfence.advisories.names import MODULAR, advised, ecosystem_key, family, module_of, package_key
from ringfence.errors import Malformed
from ringfence.model.advisory import Advisory, AffectedVersions, Authority, FixState
from ringfence.model.fact import Fact
from ringfence.model.finding import Severity
from ringfence.model.package import Package


class Match(Fact, gc=False):
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


class Overruled(Fact, gc=False):
    """A match that does not count: `by` is who says so, `reason` why."""

    match: Match
    by: str
    reason: str


class Unmatched(Fact, gc=False):
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

    def claims(self, ecosystem: str, names: Iterable[str]) -> Mapping[str, tuple[Claim, ...]]:
        """What live records say of each named package that any is about."""

    def advisory(self, number: int) -> Advisory:
        """The record behind a claim."""


class NoAdvisories:
    """No store at all: everything is not assessed."""

    def ecosystems(self) -> frozenset[str]:
        """None."""
        return frozenset()

    def claims(self, ecosystem: str, names: Iterable[str]) -> Mapping[str, tuple[Claim, ...]]:  # noqa: ARG002 - the protocol's
        """None."""
        return {}

    def advisory(self, number: int) -> Advisory:
        """None is claimed, so none is asked for."""
        raise LookupError(number)


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
            for package, answer in _Ecosystem(ecosystem, key, advisories).judge(members):
                matches.extend(hit.match(package) for hit in answer.hits)
                overruled.extend(
                    Overruled(match=hit.match(package), by=hit.by, reason=hit.reason) for hit in answer.overruled
                )
                unmatched.extend(Unmatched(package=package, why=why) for why in answer.whys)
    return Matching(
        matches=tuple(matches), overruled=tuple(overruled), unmatched=tuple(unmatched), not_assessed=tuple(not_assessed)
    )


class _Hit(msgspec.Struct, frozen=True, gc=False):
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


class _Answer(msgspec.Struct, frozen=True, gc=False):
    """About one version of one package: what it has, what it would have but for a better word, and what stayed open."""

    hits: tuple[_Hit, ...] = ()
    overruled: tuple[_Hit, ...] = ()
    whys: tuple[str, ...] = ()


class _Kin(msgspec.Struct, frozen=True, gc=False):
    """The records of one package that ids and aliases tie together: usually one vulnerability, and mostly one record.

    `top` are those whose word counts, `rest` those of less authority. `only` is set where one range says all there is to say
    of whether a version is affected, which is nearly always.
    """

    top: tuple[Record, ...]
    rest: tuple[Record, ...] = ()
    evidence: tuple[Claim, ...] = ()
    broken: tuple[Record, ...] = ()
    only: Range | None = None


_NOTHING = _Answer()
_GROUPLESS = _Answer(whys=("the group of the artifact is not known, and to guess it would name another's faults",))


def _fixed(here: Any, members: tuple[Record, ...], channels: bool) -> str:  # noqa: ANN401 - a scheme's own key
    """The lowest version above `here` that ends a range and that no record calls affected."""
    if len(members) == 1 and (only := members[0].only_range()) is not None:
        return only.fixed if only.end is not None and here < only.end else ""
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
    advisories: Advisories
    _keys: dict[str, Any] = field(default_factory=dict)
    _merged: dict[tuple[int, ...], Advisory] = field(default_factory=dict)

    def judge(self, packages: list[Package]) -> Iterable[tuple[Package, _Answer]]:
        base = family(self.ecosystem)
        spelled = {name: package_key(base, name) for name in {advised(package)[0] for package in packages}}
        found = self.advisories.claims(self.ecosystem, sorted(set(spelled.values())))
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
            answer = answers.get(about)
            if answer is None:
                of = (name, module, MODULAR in version)
                if of not in kins:
                    kins[of] = tuple(self._kin(group, module, modular=of[2]) for group in related(found[name]))
                answer = answers[about] = self._answer(version, kins[of])
            if answer is not _NOTHING:
                yield package, answer

    def _kin(self, group: Iterable[Claim], module: str, *, modular: bool) -> _Kin:
        speaking: list[Record] = []
        evidence: list[Claim] = []
        for claim in group:
            if claim.authority is Authority.EVIDENCE:
                evidence.append(claim)
            else:
                speaking.append(record(claim, _mine(claim.entries, module, modular=modular), self._key))
        if len(speaking) == 1:
            broken = tuple(speaking) if speaking[0].broken else ()
            return _Kin(tuple(speaking), (), tuple(evidence), broken, speaking[0].only_range())
        highest = max((found.authority for found in speaking), default=Authority.DERIVED)
        return _Kin(
            top=tuple(found for found in speaking if found.authority == highest),
            rest=tuple(found for found in speaking if found.authority != highest),
            evidence=tuple(evidence),
            broken=tuple(found for found in speaking if found.broken and found.authority == highest),
        )

    def _told(self, hit: list[Record]) -> Iterable[tuple[Advisory, tuple[Record, ...]]]:
        """The vulnerabilities that these records are about, each as one advisory, with its records."""
        if len(hit) == 1:
            numbers: tuple[int, ...] = (hit[0].claim.number,)
            about = self._merged.get(numbers)
            if about is None:
                about = self._merged[numbers] = merged((self.advisories.advisory(numbers[0]),))
            yield about, (hit[0],)
            return
        of = {found.claim.number: found for found in hit}
        for group in related(tuple(found.claim for found in hit)) if hit else ():
            numbers = tuple(claim.number for claim in group)
            if numbers not in self._merged:
                self._merged[numbers] = merged([self.advisories.advisory(number) for number in numbers])
            yield self._merged[numbers], tuple(of[number] for number in numbers)

    def _answer(self, version: str, kins: tuple[_Kin, ...]) -> _Answer:
        try:
            here = self._key(version)
        except Malformed as cause:
            # The list of single versions needs no order.
            hits = tuple(
                _Hit(about, severity=about.severity, decided=f"{about.feed}: the version is listed")
                for kin in kins
                for about, _ in self._told([found for found in kin.top if found.listed(version)])
            )
            return _Answer(hits, (), (f"its version has no order: {cause.wrong}",)) if kins else _NOTHING
        counted: list[_Hit] = []
        overruled: list[_Hit] = []
        whys: list[str] = []
        for kin in kins:
            only = kin.only
            if only is not None:
                # The innermost loop of all, so `Range.has` is written out.
                start, end = only.start, only.end
                if (start is not None and here < start) or not (
                    end is None or here < end or (only.inclusive and here == end)
                ):
                    continue
                hit = list(kin.top)
            else:
                hit = [found for found in kin.top if found.hit(version, here) is not None]
            for about, members in self._told(hit) if hit else ():
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
        for claim in kin.evidence:
            since = mention(claim.entries, here, self._key)
            if since:
                said = self.advisories.advisory(claim.number).summary or "a changelog"
                return _overruled(made, f"{claim.feed} {claim.id}", f"{said} names it, in {since}")
        return None

    def _outranked(self, version: str, here: Any, kin: _Kin) -> Iterable[_Hit]:  # noqa: ANN401 - as above
        """What records of less authority call affected, and those whose word counts do not."""
        hit = [found for found in kin.rest if found.hit(version, here) is not None]
        said = kin.top[0].claim
        for about, members in self._told(hit):
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


def _mine(entries: tuple[AffectedVersions, ...], module: str, *, modular: bool) -> Iterable[AffectedVersions]:
    """The entries that are about packages of this module stream (empty: of none)."""
    if not module and not modular and len(entries) == 1 and not entries[0].module and MODULAR not in _ends(entries[0]):
        return entries
    return (item for item in entries if _fits(item, module, modular=modular))


def _fits(item: AffectedVersions, module: str, *, modular: bool) -> bool:
    # A module's builds and the plain ones have versions of their own; a fix of one is none of the other's.
    if item.module:
        return item.module == module
    ends = _ends(item)
    if MODULAR in ends:
        return modular
    return not module and not (modular and ends.strip())


def _ends(item: AffectedVersions) -> str:
    return item.ranges[0].fixed if len(item.ranges) == 1 else " ".join(bound.fixed for bound in item.ranges)


def _overruled(hit: _Hit, by: str, reason: str) -> _Hit:
    return _Hit(hit.advisory, hit.fixed, hit.state, hit.note, hit.severity, hit.decided, by, reason)


def _hit(version: str, here: Any, about: Advisory, members: tuple[Record, ...]) -> _Hit:  # noqa: ANN401 - as above
    """The vulnerability as it bears on a version: from which fix on it is gone, and what the publisher says of that."""
    found = members[0]
    entry = found.hit(version, here)
    assert entry is not None  # noqa: S101 - members are those that hit
    fixed = _fixed(here, members, channels=False)
    said = entry.said
    state = _state(entry, fixed)
    if not fixed and any(member.channels for member in members):
        fixed = _fixed(here, members, channels=True)
        state = FixState.NEEDS_SUBSCRIPTION if fixed else state
    severity = said.severity if said.severity is not Severity.UNKNOWN else about.severity
    return _Hit(about, fixed, state, said.note, severity, _rule(found, entry, version))


def _state(entry: Entry, fixed: str) -> FixState:
    said = entry.said.state
    return FixState.FIXED if fixed and said is FixState.AFFECTED else said


def _rule(found: Record, entry: Entry, version: str) -> str:
    where = "is listed" if version in entry.listed and not entry.ranges else "is in its range"
    return f"{found.claim.feed or 'feed'} {found.claim.id}: {entry.said.ecosystem} {entry.said.name} {version} {where}"
