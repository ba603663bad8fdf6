"""What the engine adds to findings in an application's packages: how they came there, who imports them, how to mend them."""

from collections.abc import Iterable, Iterator, Mapping

from ringfence.advisories.match import Match
from ringfence.advisories.names import package_key
from ringfence.advisories.upgrade import Upgrade
from ringfence.engine.storeys import Gathered
from ringfence.layers.application.evaluate import reach
from ringfence.layers.application.evaluate.mending import Mend, mends
from ringfence.layers.application.facts import CodeImports, Declaration, Facts, Manifest
from ringfence.model.advisory import Advisory
from ringfence.model.package import Package


class _Tree:
    """The files of one source tree."""

    def __init__(self) -> None:
        self.manifests: list[Manifest] = []
        self.declarations: list[Declaration] = []
        self.code: list[CodeImports] = []


class Application:
    """The source trees among what was gathered, with the upgrades that mend their packages."""

    def __init__(self, gathered: Iterable[Gathered], upgrades: Mapping[Package, Upgrade]) -> None:
        self._trees: dict[str, _Tree] = {}
        for item in gathered:
            if isinstance(item.facts, Facts):
                tree = self._trees.setdefault(item.target, _Tree())
                tree.manifests.extend(item.facts.manifests)
                tree.declarations.extend(item.facts.declarations)
                tree.code.extend(item.facts.code)
        self.mends = tuple(self._planned(upgrades))
        self._ways = {(target, mend.package): mend for target, mend in self.mends}

    def _planned(self, upgrades: Mapping[Package, Upgrade]) -> Iterator[tuple[str, Mend]]:
        for target, tree in self._trees.items():
            for manifest in tree.manifests:
                for mend in mends(manifest, tree.declarations, upgrades):
                    yield target, mend

    def way(self, target: str, package: Package) -> Mend | None:
        """How a package of a tree gets to its upgrade, if there is one."""
        return self._ways.get((target, package))

    def evidence(self, target: str, package: Package, advisory: Advisory) -> tuple[str, ...]:
        """How the package came there, and what of the code imports it; nothing for a package of no tree."""
        tree = self._trees.get(target)
        if tree is None:
            return ()
        key = package_key(package.ecosystem, package.name)
        symbols = tuple(
            dict.fromkeys(
                symbol
                for entry in advisory.affected
                if entry.ecosystem == package.ecosystem and package_key(entry.ecosystem, entry.name) == key
                for symbol in entry.symbols
            )
        )
        return (*_brought_in(package), *reach.told(package, symbols, tree.code))


def _brought_in(package: Package) -> tuple[str, ...]:
    """How it came there, where the file tells."""
    said: list[str] = []
    if package.through:
        said.append(f"it comes in through {' > '.join(package.through)}")
    elif package.direct is not None:
        said.append("the project asks for it itself" if package.direct else "it comes in through another package")
    if package.dev:
        said.append("only development needs it")
    return tuple(said)


def remedy(found: Match, mend: Mend) -> str:
    """The upgrade that mends all that can be mended of the package, and how it is made."""
    name, upgrade = found.package.name, mend.upgrade
    if not found.fixed_version:
        return f"No fix is known yet; {name} {upgrade.to} mends {len(upgrade.mends)} others of its holes."
    left = f", and leaves {len(upgrade.leaves)}" if upgrade.leaves else ""
    all_ = f"; it mends all {len(upgrade.mends)} found in it" if len(upgrade.mends) > 1 else ""
    command = f" ({mend.command})" if mend.command else ""
    return f"Upgrade {name} to {upgrade.to} (a {upgrade.step} step{all_}{left}): {mend.because}{command}."
