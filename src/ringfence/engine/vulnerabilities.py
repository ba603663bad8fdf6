"""Packages of all storeys against the advisory store: findings, and what could not be assessed."""

import os
from collections.abc import Iterable
from typing import NamedTuple, cast

from ringfence.advisories.affected import VersionKey
from ringfence.advisories.kernel_packages import is_kernel
from ringfence.advisories.match import Match, Matching, match, mended
from ringfence.advisories.names import ecosystem_key, of_purl
from ringfence.advisories.store import default_path, open_store
from ringfence.advisories.upgrade import smallest
from ringfence.engine.application import Application
from ringfence.engine.application import remedy as application_remedy
from ringfence.engine.go_symbols import linked, not_linked
from ringfence.engine.index import plugins
from ringfence.engine.judging import identity
from ringfence.engine.storeys import Gathered
from ringfence.errors import Malformed, Unavailable
from ringfence.formats import purl
from ringfence.layers.application.evaluate.mending import Mend
from ringfence.model.advisory import FixState
from ringfence.model.finding import AffectedPackage, Finding, FindingKind, Problem, Shown, Storey, Suppression
from ringfence.model.location import Location
from ringfence.model.package import Package

UPDATE = "run 'ringfence db update'"


class Assessed(NamedTuple):
    """Findings about packages, what is missing, and how the application's packages get rid of them."""

    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...]
    mends: tuple[tuple[str, Mend], ...] = ()


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

    Components of the stack are left to `impact`, which knows what stands in the way of their CVEs. What does not count here
    (overruled, owned by an OS package, a kernel in an image) is a finding too, suppressed with its reason.
    """
    gathered = tuple(gathered)
    owned = [
        _Owned(item.storey, item.target, package)
        for item in gathered
        if item.storey is not Storey.RUNTIME and item.storey is not Storey.KERNEL
        for package in item.facts.packages
    ]
    if not owned:
        return Assessed((), ())
    distinct = tuple(dict.fromkeys(item.package for item in owned))
    path = db or default_path(os.environ)
    try:
        with open_store(path) as store:
            orders = schemes()
            matching = match(distinct, store, orders)
            owners = {item.package.owned_by for item in owned if item.package.owned_by}
            evidence = mended((item for item in distinct if item.purl in owners), store, orders)
            judged = store.ecosystems()
            own = {item.package for item in owned if item.storey is Storey.APPLICATION}
            upgrades = smallest((found for found in matching.matches if found.package in own), store, orders)
    except Unavailable as fault:
        missing = fault.wrong if os.path.exists(path) else "there is no advisory store"
        why = f"{missing}, so the vulnerabilities of {len(distinct):,} packages were not looked up"
        return Assessed((), (Problem(where=fault.where or path, why=why, mend=UPDATE),))
    application = Application(gathered, upgrades)
    return Assessed(
        _findings(matching, owned, _Known(judged, evidence), application), _problems(matching), application.mends
    )


class _Known(NamedTuple):
    """What the store has: the ecosystems with data, and what evidence says is mended in a package, by its package URL."""

    judged: frozenset[str]
    evidence: dict[str, dict[str, str]]


def _findings(matching: Matching, owned: list[_Owned], known: _Known, application: Application) -> tuple[Finding, ...]:
    """A finding for each match in each place; what does not count is there too, with who says so."""
    hits: dict[Package, list[tuple[Match, Suppression | None]]] = {}
    for found in matching.matches:
        hits.setdefault(found.package, []).append((found, None))
    for other in matching.overruled:
        hits.setdefault(other.match.package, []).append((other.match, Suppression(by=other.by, reason=other.reason)))
    return tuple(
        _finding(item, found, why or _not_here(item, found, known), application)
        for item in owned
        for found, why in hits.get(item.package, ())
    )


def _not_here(item: _Owned, found: Match, known: _Known) -> Suppression | None:
    """Why a match does not count in this place, though it is one of its package."""
    if item.storey is Storey.IMAGE and is_kernel(item.package):
        return Suppression(by="kernel-package-in-image", reason="an image brings no kernel: the host's own decides")
    if item.package.owned_by and _owner(item.package) in known.judged:
        why = f"its files belong to {item.package.owned_by}, which is judged by its distribution's advisories"
        return Suppression(by="owned-by-os-package", reason=why)
    return _mended_by_owner(item, found, known.evidence) or not_linked(found)


def _mended_by_owner(item: _Owned, found: Match, evidence: dict[str, dict[str, str]]) -> Suppression | None:
    """That the OS package which owns these files says to have mended this: it has fixes its version does not tell."""
    told = evidence.get(item.package.owned_by, {})
    names = (found.advisory.id, *found.advisory.aliases)
    since = next((told[name] for name in names if name in told), "")
    if not since:
        return None
    return Suppression(by="owned-by-os-package", reason=f"{item.package.owned_by} says to have mended it, in {since}")


def _owner(package: Package) -> str:
    """The ecosystem of the OS package that owns a package; one the store has no data for leaves the judgement here."""
    try:
        return ecosystem_key(of_purl(purl.parse(package.owned_by))[0])
    except Malformed:
        return ""


def _finding(item: _Owned, found: Match, suppressed: Suppression | None, application: Application) -> Finding:
    package, advisory = item.package, found.advisory
    own = item.storey is Storey.APPLICATION
    mend = application.way(item.target, package) if own else None
    more = application.evidence(item.target, package, advisory) if own else ()
    at = package.locations[0] if package.locations else Location(layer_digest=package.layer_digest)
    return Finding(
        id=identity(advisory.id, item.storey, item.target, package.purl, at),
        rule=advisory.id,
        kind=FindingKind.VULNERABILITY,
        layer=item.storey,
        severity=found.severity,
        title=advisory.summary or advisory.id,
        description=advisory.details,
        remedy=_remedy(found) if mend is None else application_remedy(found, mend),
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
            status=found.state.value,
            upgrade=mend.upgrade.to if mend else "",
            upgrade_step=mend.upgrade.step if mend else "",
        ),
        evidence=Shown(seen=tuple(text for text in (found.decided, found.note, linked(found), *more) if text)),
        suppressed=suppressed,
    )


_NO_FIX = {
    FixState.DEFERRED: "No fix yet: the distribution has put it off.",
    FixState.WILL_NOT_FIX: "The distribution will not fix it: replace the package, or take a newer release.",
    FixState.END_OF_LIFE: "The package is out of support: move to a release that is maintained.",
    FixState.UNDER_INVESTIGATION: "The distribution has not yet said whether it is affected.",
}


def _remedy(found: Match) -> str:
    name = found.package.advisory_name
    if not found.fixed_version:
        return _NO_FIX.get(found.state, "No fix is known yet.")
    if found.state is FixState.NEEDS_SUBSCRIPTION:
        return f"The fix, {name} {found.fixed_version}, needs a subscription (Ubuntu Pro); a newer release may have it free."
    if found.state is FixState.PENDING:
        return f"{name} {found.fixed_version} is announced, but not yet in the archive."
    return f"Upgrade {name} to {found.fixed_version}."


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
