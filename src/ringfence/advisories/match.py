"""Which packages which advisories are about: exact, by the ecosystem's own order of versions.

Where several records are about one vulnerability of one package, whose word counts is written in docs/advisories.md:
the distribution's own first, then what others made of it; evidence of a fix (a changelog) overrules only those who know
none. Nothing here is ever silent: a version that has no order, an ecosystem without data, and a match that was overruled
come out as values of their own.
"""

from collections.abc import Iterable, Iterator, Mapping

from ringfence.advisories.affected import VersionKey
from ringfence.advisories.bearing import Bearing
from ringfence.advisories.judge import Advisories, Hit, Judge
from ringfence.advisories.names import ecosystem_key, family
from ringfence.model.advisory import Advisory, FixState
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


class NoAdvisories:
    """No store at all: everything is not assessed."""

    def ecosystems(self) -> frozenset[str]:
        """None."""
        return frozenset()

    def bearings(self, ecosystem: str, names: Iterable[str]) -> Iterator[tuple[str, Bearing]]:  # noqa: ARG002 - the protocol's
        """None."""
        return iter(())

    def fetch(self, numbers: Iterable[int]) -> None:
        """Nothing to read."""

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
        if key is None:
            continue
        # Evidence without data still tells of a fix that is missing; it never makes an ecosystem assessed.
        for package, answer in Judge(ecosystem, key, advisories).judge(members):
            for hit in answer.hits:
                matches.append(_match(package, hit))  # noqa: PERF401 - no generator for each of 100,000 packages
            for hit in answer.overruled:
                overruled.append(Overruled(match=_match(package, hit), by=hit.by, reason=hit.reason))  # noqa: PERF401 - as above
            for why in answer.whys if ecosystem_key(ecosystem) in have else ():
                unmatched.append(Unmatched(package=package, why=why))  # noqa: PERF401 - as above
    return Matching(
        matches=tuple(matches), overruled=tuple(overruled), unmatched=tuple(unmatched), not_assessed=tuple(not_assessed)
    )


def _match(package: Package, hit: Hit) -> Match:
    return Match(
        package=package,
        advisory=hit.advisory,
        fixed_version=hit.fixed,
        state=hit.state,
        note=hit.note,
        severity=hit.severity,
        decided=hit.decided,
    )


def mended(
    packages: Iterable[Package], advisories: Advisories, schemes: Mapping[str, VersionKey]
) -> dict[str, dict[str, str]]:
    """The ids that evidence says are mended in a package, by its package URL, each with the version that mended it.

    For packages that own others' files: Debian's python3-idna 3.3-1+deb12u1 has a fix that idna 3.3 has not.
    """
    found: dict[str, dict[str, str]] = {}
    for package in packages:
        key = schemes.get(family(package.ecosystem))
        told = Judge(package.ecosystem, key, advisories).mended(package) if key is not None else {}
        if told:
            found[package.purl] = told
    return found
