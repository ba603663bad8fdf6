"""One ecosystem's packages against what the store says of them: which record counts, and what it says of a version.

The order of precedence is docs/advisories.md's. Pure but for reading records through `Advisories`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec

from ringfence.advisories.affected import BEGINNING, Entry, Record, VersionKey, mention, record
from ringfence.advisories.bearing import Bearing, Span
from ringfence.advisories.claims import Claim
from ringfence.advisories.merge import merged, related
from ringfence.advisories.names import MODULAR, advised, family, module_of, package_key
from ringfence.errors import Malformed
from ringfence.model.advisory import Advisory, AffectedVersions, Authority, FixState
from ringfence.model.finding import Severity
from ringfence.model.package import Package


class Advisories(Protocol):
    """What the store is to the matcher."""

    def ecosystems(self) -> frozenset[str]:
        """The ecosystems there is data for."""

    def bearings(self, ecosystem: str, names: Iterable[str]) -> Iterator[tuple[str, Bearing]]:
        """What live records say of each named package that any is about."""

    def fetch(self, numbers: Iterable[int]) -> None:
        """Reads records that will be asked for, many at a time."""

    def advisory(self, number: int) -> Advisory:
        """The record behind a claim."""


class Hit(msgspec.Struct, frozen=True, gc=False):
    """A vulnerability that one version of a package has; `by` and `reason` are set if it is overruled."""

    advisory: Advisory
    fixed: str = ""
    state: FixState = FixState.AFFECTED
    note: str = ""
    severity: Severity = Severity.UNKNOWN
    decided: str = ""
    by: str = ""
    reason: str = ""


class Answer(msgspec.Struct, frozen=True, gc=False):
    """About one version of one package: what it has, what it would have but for a better word, and what stayed open."""

    hits: tuple[Hit, ...] = ()
    overruled: tuple[Hit, ...] = ()
    whys: tuple[str, ...] = ()


_About = tuple[str, str, str]
"""What is judged: a name as advisories spell it, a version, an rpm's module stream."""
_NAMELESS: _About = ("", "", "")


class _Draft(msgspec.Struct, frozen=True, gc=False):
    """What one version has, before the records of its hits are read: the spans it lies in, and the answer of the groups."""

    spans: tuple[Span, ...]
    answer: Answer


class _Kin(msgspec.Struct, frozen=True, gc=False):
    """The records of one package that ids and aliases tie together: usually one vulnerability, and mostly one record.

    `top` are those whose word counts, `rest` those of less authority.
    """

    top: tuple[Record, ...]
    rest: tuple[Record, ...] = ()
    evidence: tuple[Claim, ...] = ()
    broken: tuple[Record, ...] = ()


_REBUILT = re.compile(r"~deb[0-9]+u[0-9]+\Z")
"""What Debian adds to a version that it builds again, unchanged, for an older release (Developer's Reference 5.14)."""
_NOTHING = Answer()
_GROUPLESS = Answer(whys=("the group of the artifact is not known, and to guess it would name another's faults",))


def _fixed(here: Any, members: tuple[Record, ...], channels: bool) -> str:  # noqa: ANN401 - a scheme's own key
    """The lowest version above `here` that ends a range and that no record calls affected."""
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
class Judge:
    """The packages of one ecosystem being judged: each record is read once, each version of a package judged once."""

    ecosystem: str
    key: VersionKey
    advisories: Advisories
    _keys: dict[str, Any] = field(default_factory=dict)
    _merged: dict[tuple[int, ...], Advisory] = field(default_factory=dict)

    def judge(self, packages: list[Package]) -> Iterator[tuple[Package, Answer]]:
        """The packages there is something to say of, in their order. Raises what `advisories` raises."""
        base = family(self.ecosystem)
        asked = [self._about(base, package) for package in packages]
        by_name: dict[str, dict[_About, None]] = {}
        for about in asked:
            by_name.setdefault(about[0], {})[about] = None
        drafts: dict[_About, _Draft] = {}
        names = sorted(name for name in by_name if name)
        for name, held in self.advisories.bearings(self.ecosystem, names):
            self._draft(held, by_name[name], drafts)
        # Records are read many at a time, and only those of hits.
        self.advisories.fetch({span.number for draft in drafts.values() for span in draft.spans})
        answers = {about: self._finished(about, draft) for about, draft in drafts.items()}
        for package, about in zip(packages, asked, strict=True):
            if not about[0]:
                yield package, _GROUPLESS
            elif about in answers:
                yield package, answers[about]

    def mended(self, package: Package) -> dict[str, str]:
        """The ids that evidence says are mended in a package, with the versions that mended them."""
        name, version = advised(package)
        key = package_key(family(self.ecosystem), name)
        try:
            here = self._key(version)
        except Malformed:
            return {}
        return {
            id_: since
            for _, held in self.advisories.bearings(self.ecosystem, [key])
            for group in held.groups
            for claim in group
            if claim.authority is Authority.EVIDENCE
            and (since := mention(claim.entries, here, self._base(version, here), self._key))
            for id_ in claim.aliases
        }

    def _about(self, base: str, package: Package) -> "_About":
        own, version = advised(package)
        name = package_key(base, own)
        if base == "Maven" and ":" not in name:
            return _NAMELESS
        return name, version, module_of(package) if "rpmmod" in package.purl else ""

    def _draft(self, held: Bearing, versions: Iterable["_About"], drafts: "dict[_About, _Draft]") -> None:
        """What each version has of the records of one package."""
        ranges, broken = self._ranges(held.spans)
        kins: dict[tuple[str, bool], tuple[_Kin, ...]] = {}
        for about in versions:
            _, version, module = about
            modular = MODULAR in version
            mine, whys = (ranges, broken) if not module and not modular else ([], [])
            if modular and not module:
                mine = [item for item in ranges if not item[3].fixed]
            of = (module, modular)
            if of not in kins:
                kins[of] = tuple(self._kin(group, module, modular=modular) for group in held.groups)
            try:
                here = self._key(version)
            except Malformed as cause:
                drafts[about] = _Draft((), self._unordered(version, kins[of], cause))
                continue
            hit = [
                span
                for start, end, inclusive, span in mine
                if (start is None or not here < start) and (end is None or here < end or (inclusive and here == end))
            ]
            answer = self._answer(version, here, kins[of]) if kins[of] else _NOTHING
            if whys:
                answer = Answer(answer.hits, answer.overruled, (*whys, *answer.whys))
            if hit or answer is not _NOTHING:
                drafts[about] = _Draft(tuple(hit), answer)

    def _ranges(self, spans: tuple[Span, ...]) -> tuple[list[tuple[Any, Any, bool, Span]], list[str]]:
        """The spans with their bounds as keys, and why those that have none have none."""
        made: list[tuple[Any, Any, bool, Span]] = []
        broken: list[str] = []
        keys = self._keys
        for span in spans:
            end = span.fixed or span.last_affected
            try:
                first = None if span.introduced == BEGINNING else keys.get(span.introduced) or self._key(span.introduced)
                last = (keys.get(end) or self._key(end)) if end else None
            except Malformed as cause:
                broken.append(f"{span.id} has a range that cannot be ordered: {cause.wrong}")
                continue
            made.append((first, last, not span.fixed, span))
        return made, broken

    def _finished(self, about: "_About", draft: "_Draft") -> Answer:
        if not draft.spans:
            return draft.answer
        name, version, _ = about
        hits = [self._of_span(span, name, version) for span in draft.spans]
        rest = draft.answer
        return Answer((*hits, *rest.hits), rest.overruled, rest.whys)

    def _of_span(self, span: Span, name: str, version: str) -> Hit:
        numbers = (span.number,)
        about = self._merged.get(numbers)
        if about is None:
            about = self._merged[numbers] = merged((self.advisories.advisory(span.number),))
        state = FixState.FIXED if span.fixed and span.state is FixState.AFFECTED else span.state
        severity = span.severity if span.severity is not Severity.UNKNOWN else about.severity
        decided = f"{span.feed or 'feed'} {span.id}: {self.ecosystem} {name} {version} is in its range"
        return Hit(about, span.fixed, state, span.note, severity, decided)

    def _unordered(self, version: str, kins: "tuple[_Kin, ...]", cause: Malformed) -> Answer:
        """A version without an order: the lists of single versions need none."""
        hits = tuple(
            Hit(about, severity=about.severity, decided=f"{about.feed}: the version is listed")
            for kin in kins
            for about, _ in self._told([found for found in kin.top if found.listed(version)])
        )
        return Answer(hits, (), (f"its version has no order: {cause.wrong}",))

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
            return _Kin(tuple(speaking), (), tuple(evidence), broken)
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

    def _answer(self, version: str, here: Any, kins: "tuple[_Kin, ...]") -> Answer:  # noqa: ANN401 - a scheme's own key
        counted: list[Hit] = []
        overruled: list[Hit] = []
        whys: list[str] = []
        for kin in kins:
            hit = [found for found in kin.top if found.hit(version, here) is not None]
            for about, members in self._told(hit) if hit else ():
                made = _hit(version, here, about, members)
                mended = self._mended(version, here, made, kin)
                (overruled if mended else counted).append(mended or made)
            if kin.evidence and not kin.top:
                counted.extend(self._announced(version, here, kin))
            if kin.rest and not hit:
                overruled.extend(self._outranked(version, here, kin))
            if kin.broken:
                whys.extend(found.broken for found in kin.broken if found not in hit)
        return Answer(tuple(counted), tuple(overruled), tuple(whys)) if counted or overruled or whys else _NOTHING

    def _mended(self, version: str, here: Any, made: Hit, kin: _Kin) -> Hit | None:  # noqa: ANN401 - a scheme's own key
        """The hit as overruled by evidence of a fix; None if there is none, or the publisher names a later fix itself."""
        if not kin.evidence or (made.fixed and made.advisory.authority is Authority.PUBLISHER):
            return None
        for claim in kin.evidence:
            since = mention(claim.entries, here, self._base(version, here), self._key)
            if since:
                said = self.advisories.advisory(claim.number).summary or "a changelog"
                return _overruled(made, f"{claim.feed} {claim.id}", f"{said} names it, in {since}")
        return None

    def _announced(self, version: str, here: Any, kin: _Kin) -> Iterator[Hit]:  # noqa: ANN401 - as above
        """What only evidence speaks of: a later upload for this very release says that it mends the CVE.

        Nobody says in so many words that the installed version has the hole; that a security upload is missing is sure.
        """
        release = self.ecosystem.partition(":")[2]
        for claim in kin.evidence:
            if not release or mention(claim.entries, here, self._base(version, here), self._key):
                continue
            later = [bound.fixed for item in claim.entries for bound in item.ranges if f"deb{release}u" in bound.fixed]
            keyed = sorted((self._key(fixed), fixed) for fixed in later)
            if keyed:
                about = merged((self.advisories.advisory(claim.number),))
                decided = f"{claim.feed} {claim.id}: its changelog names it in {keyed[0][1]}, later than {version}"
                yield Hit(about, keyed[0][1], FixState.FIXED, "told by a changelog only", about.severity, decided)

    def _base(self, version: str, here: Any) -> Any:  # noqa: ANN401 - as above
        """The key of what a version was built from: `590-2.1~deb12u2` comes before 590-2.1, and has all that it has."""
        base = _REBUILT.sub("", version)
        return here if base == version else self._key(base)

    def _outranked(self, version: str, here: Any, kin: _Kin) -> Iterable[Hit]:  # noqa: ANN401 - as above
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


def _overruled(hit: Hit, by: str, reason: str) -> Hit:
    return Hit(hit.advisory, hit.fixed, hit.state, hit.note, hit.severity, hit.decided, by, reason)


def _hit(version: str, here: Any, about: Advisory, members: tuple[Record, ...]) -> Hit:  # noqa: ANN401 - as above
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
    return Hit(about, fixed, state, said.note, severity, _rule(found, entry, version))


def _state(entry: Entry, fixed: str) -> FixState:
    said = entry.said.state
    return FixState.FIXED if fixed and said is FixState.AFFECTED else said


def _rule(found: Record, entry: Entry, version: str) -> str:
    where = "is listed" if version in entry.listed and not entry.ranges else "is in its range"
    return f"{found.claim.feed or 'feed'} {found.claim.id}: {entry.said.ecosystem} {entry.said.name} {version} {where}"
