"""Which upgrades of an application's packages mend what was found, and how each is made."""

from collections.abc import Iterable, Iterator, Mapping

from ringfence.advisories.upgrade import Upgrade
from ringfence.engine.storeys import Gathered
from ringfence.layers.application.evaluate.mending import Mend, mends
from ringfence.layers.application.facts import Declaration, Facts, Manifest
from ringfence.model.package import Package


def application(gathered: Iterable[Gathered]) -> dict[str, tuple[list[Manifest], list[Declaration]]]:
    """The files of each source tree, by target."""
    found: dict[str, tuple[list[Manifest], list[Declaration]]] = {}
    for item in gathered:
        if isinstance(item.facts, Facts):
            manifests, declarations = found.setdefault(item.target, ([], []))
            manifests.extend(item.facts.manifests)
            declarations.extend(item.facts.declarations)
    return found


def planned(gathered: Iterable[Gathered], upgrades: Mapping[Package, Upgrade]) -> Iterator[tuple[str, Mend]]:
    """The way to each upgrade, with the tree it is in."""
    for target, (manifests, declarations) in application(gathered).items():
        for manifest in manifests:
            for mend in mends(manifest, declarations, upgrades):
                yield target, mend
