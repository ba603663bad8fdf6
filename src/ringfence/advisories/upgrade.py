"""The smallest upgrade of a package that mends all its advisories that have a fix, and what it leaves."""

import re
from collections.abc import Iterable, Mapping

import msgspec

from ringfence.advisories.affected import VersionKey
from ringfence.advisories.judge import Advisories
from ringfence.advisories.match import Match, match
from ringfence.advisories.names import family
from ringfence.errors import Malformed
from ringfence.model.advisory import FixState
from ringfence.model.fact import Fact
from ringfence.model.package import Package

MAX_ROUNDS = 20
"""Upgrades that lead to a version with further advisories; a package that goes on longer stays where it got to."""

_RELEASE = re.compile(r"\d+")


class Upgrade(Fact):
    """`to` is the version as the advisory writes it, `step` is `major`, `minor` or `patch`; `mends` and `leaves` are ids."""

    to: str
    step: str
    mends: tuple[str, ...]
    leaves: tuple[str, ...] = ()


def smallest(matches: Iterable[Match], advisories: Advisories, schemes: Mapping[str, VersionKey]) -> dict[Package, Upgrade]:
    """For each matched package that a fix is known for. What the new version would bring of its own counts too."""
    first: dict[Package, list[Match]] = {}
    for found in matches:
        first.setdefault(found.package, []).append(found)
    here, to = first, dict[Package, str]()
    left: dict[Package, list[Match]] = {}
    for _ in range(MAX_ROUNDS):
        raised: dict[Package, Package] = {}
        for package, items in here.items():
            version = _highest(items, schemes.get(family(package.ecosystem)))
            if version:
                to[package] = version
                raised[msgspec.structs.replace(package, version=version)] = package
        if not raised:
            break
        here = {package: [] for package in raised.values()}
        for found in match(raised, advisories, schemes).matches:
            here[raised[found.package]].append(found)
        left.update(here)
    return {package: _upgrade(package, version, first[package], left[package]) for package, version in to.items()}


def _upgrade(package: Package, to: str, before: list[Match], after: list[Match]) -> Upgrade:
    leaves = tuple(dict.fromkeys(found.advisory.id for found in after))
    mends = tuple(dict.fromkeys(found.advisory.id for found in before if found.advisory.id not in leaves))
    return Upgrade(to=to, step=step(package.version, to), mends=mends, leaves=leaves)


def step(old: str, new: str) -> str:
    """Which of the first three numbers is the first to change."""
    was, becomes = ([int(text) for text in _RELEASE.findall(version[:100])[:3]] for version in (old, new))
    if was[:1] != becomes[:1]:
        return "major"
    return "minor" if was[1:2] != becomes[1:2] else "patch"


def _highest(items: list[Match], key: VersionKey | None) -> str:
    """The highest of the versions that mend each of these."""
    fixes = [found.fixed_version for found in items if found.fixed_version and found.state is not FixState.PENDING]
    if key is None or not fixes:
        return ""
    try:
        return max(fixes, key=key)
    except Malformed:
        return ""
