"""Packages of all storeys against the advisory store: findings, and what could not be assessed."""

import os
from collections.abc import Iterable
from typing import NamedTuple, cast

from ringfence.advisories.match import Match, Matching, VersionKey, match
from ringfence.advisories.store import default_path, open_store
from ringfence.engine.index import plugins
from ringfence.engine.judging import identity
from ringfence.engine.storeys import Gathered
from ringfence.errors import Unavailable
from ringfence.model.finding import AffectedPackage, Finding, FindingKind, Problem, Shown, Storey
from ringfence.model.location import Location
from ringfence.model.package import Package

UPDATE = "run 'ringfence db update'"


class Assessed(NamedTuple):
    """Findings about packages, and what is missing."""

    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...]


class _Owned(NamedTuple):
    storey: Storey
    target: str
    package: Package


def schemes() -> dict[str, VersionKey]:
    """The order of versions of each ecosystem, by OSV's name without its release."""
    return {
        str(name): cast("VersionKey", item.load().key)
        for item in plugins("SCHEME")
        for name in cast("tuple[str, ...]", item.fields["ecosystems"])
    }


def assess(gathered: Iterable[Gathered], db: str) -> Assessed:
    """Matches every package with the store at `db` (empty: the default one).

    Components of the stack are left to `impact`, which knows what stands in the way of their CVEs. A package that an OS
    package owns is judged as that one.
    """
    owned = [
        _Owned(item.storey, item.target, package)
        for item in gathered
        if item.storey is not Storey.RUNTIME and item.storey is not Storey.KERNEL
        for package in item.facts.packages
        if not package.owned_by
    ]
    if not owned:
        return Assessed((), ())
    distinct = tuple(dict.fromkeys(item.package for item in owned))
    path = db or default_path(os.environ)
    try:
        with open_store(path) as store:
            matching = match(distinct, store, schemes())
    except Unavailable as fault:
        why = f"there is no advisory store, so the vulnerabilities of {len(distinct):,} packages were not looked up"
        return Assessed((), (Problem(where=fault.where or path, why=why, mend=UPDATE),))
    return Assessed(_findings(matching, owned), _problems(matching))


def _findings(matching: Matching, owned: list[_Owned]) -> tuple[Finding, ...]:
    hits: dict[Package, list[Match]] = {}
    for found in matching.matches:
        hits.setdefault(found.package, []).append(found)
    return tuple(_finding(item, found) for item in owned for found in hits.get(item.package, ()))


def _finding(item: _Owned, found: Match) -> Finding:
    package, advisory = item.package, found.advisory
    at = package.locations[0] if package.locations else Location(layer_digest=package.layer_digest)
    upgrade = f"Upgrade {package.advisory_name} to {found.fixed_version}." if found.fixed_version else "No fix is known yet."
    return Finding(
        id=identity(advisory.id, item.storey, item.target, package.purl, at),
        rule=advisory.id,
        kind=FindingKind.VULNERABILITY,
        layer=item.storey,
        severity=advisory.severity,
        title=advisory.summary or advisory.id,
        description=advisory.details,
        remedy=upgrade,
        target=item.target,
        aliases=advisory.aliases,
        references=advisory.references,
        cvss=advisory.cvss,
        location=at,
        package=AffectedPackage(
            purl=package.purl,
            name=package.name,
            version=package.version,
            source_name=package.source_name,
            source_version=package.source_version,
            fixed_version=found.fixed_version,
        ),
        evidence=Shown(seen=(advisory.summary,) if advisory.summary else ()),
    )


def _problems(matching: Matching) -> tuple[Problem, ...]:
    """One line an ecosystem, and one for all packages whose version could not be compared."""
    problems = [
        Problem(where=item.ecosystem or "packages", why=f"{item.packages:,} packages not assessed: {item.why}", mend=UPDATE)
        for item in matching.not_assessed
    ]
    if matching.unmatched:
        first = matching.unmatched[0]
        count = len({item.package for item in matching.unmatched})
        problems.append(
            Problem(where=first.package.purl, why=f"{first.why} ({count:,} packages could not be compared in all)")
        )
    return tuple(problems)
