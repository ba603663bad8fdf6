"""How a package of an application gets to a version without its holes: what must change, and where.

A direct dependency is raised in the manifest that asks for it, unless its range lets the version in. One that others bring
in is renewed in the lock file if all who need it let the version in; else who stands in the way is told.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from ringfence.advisories.names import package_key
from ringfence.advisories.upgrade import Upgrade
from ringfence.formats.declared import Declared
from ringfence.layers.application.evaluate.chains import Ways, told, version
from ringfence.layers.application.evaluate.locking import asking
from ringfence.layers.application.evaluate.renewing import renew, renew_all
from ringfence.layers.application.facts import Declaration, Dependency, Manifest
from ringfence.model.fact import Fact
from ringfence.model.package import Package
from ringfence.versions.admits import admits

MAX_NAMED = 3
"""Packages in the way that are named; the rest are counted."""

_BY_HAND = re.compile(r".*\.(txt|in|csproj|fsproj|vbproj)|go\.mod|pom\.xml|packages\.config|environment.*\.ya?ml")
"""Files with versions in them that people edit."""


class How(StrEnum):
    """What has to be done, the least first."""

    RENEW = "renew"  # the lock file only
    RAISE = "raise"  # a version or range in a manifest
    OVERRIDE = "override"  # the wish of another package
    UNTOLD = "untold"  # the files do not say who asks for it


class Raise(Fact):
    """A place in a manifest where `name` is asked for with `old`, and shall be with a range that lets `to` in."""

    path: str
    line: int | None
    ecosystem: str
    name: str
    old: str
    to: str


class Mend(Fact):
    """The way to one upgrade. `because` is one sentence, `raises` the edits, `command` what renews the lock afterwards."""

    package: Package
    upgrade: Upgrade
    how: How
    because: str
    raises: tuple[Raise, ...] = ()
    lock: str = ""
    command: str = ""


def mends(manifest: Manifest, declarations: Iterable[Declaration], upgrades: Mapping[Package, Upgrade]) -> Iterator[Mend]:
    """The way to each upgrade of this file's packages."""
    wanted = [(package, upgrades[package]) for package in manifest.packages if package in upgrades]
    if not wanted:
        return
    projects = asking(manifest, declarations)
    if _BY_HAND.fullmatch(manifest.path.rpartition("/")[2]):
        for package, upgrade in wanted:
            yield _by_hand(manifest, package, upgrade, _asks(projects, package))
        return
    ways = Ways(manifest, projects)
    parents = ways.parents()
    places = {(item.name, version(item), item.at): item for item in manifest.dependencies}
    for package, upgrade in wanted:
        item = places.get((package.name, package.version, package.locations[0]))
        asks = _asks(projects, package)
        if asks and package.direct is not False:
            yield _asked(manifest, package, upgrade, asks)
        elif item is not None:
            needed = [(ways.by_key[key], range_) for key, range_ in parents.get(item.key or item.name, ())]
            yield _brought_in(manifest, package, upgrade, needed)


def _asks(projects: list[Declaration], package: Package) -> list[tuple[Declaration, Declared]]:
    """Who of the projects asks for a package, and how."""
    key = package_key(package.ecosystem, package.name)
    return [
        (project, ask)
        for project in projects
        for ask in project.asks
        if package_key(project.ecosystem, ask.name) == key and project.ecosystem == package.ecosystem
    ]


def _by_hand(manifest: Manifest, package: Package, upgrade: Upgrade, asks: list[tuple[Declaration, Declared]]) -> Mend:
    at = package.locations[0]
    # The project's own range must let the new version in too.
    refusing = [
        Raise(
            path=project.path,
            line=ask.line,
            ecosystem=package.ecosystem,
            name=ask.name,
            old=ask.specifier,
            to=upgrade.to,
        )
        for project, ask in asks
        if project.path != manifest.path and admits(package.ecosystem, ask.specifier, upgrade.to) is False
    ]
    # A constraints file may hold the pin.
    place = Raise(
        path=at.path or manifest.path,
        line=at.line,
        ecosystem=package.ecosystem,
        name=package.name,
        old=package.version,
        to=upgrade.to,
    )
    toolchain = package.name == "stdlib"
    also = f" and {refusing[0].path}, which asks for {refusing[0].old}" if refusing else ""
    because = "build with a newer Go: raise the toolchain line" if toolchain else f"raise it in {at}{also}"
    lock = manifest.path.removesuffix("go.mod") + "go.sum" if manifest.path.endswith("go.mod") else ""
    return Mend(
        package=package,
        upgrade=upgrade,
        how=How.RAISE,
        because=because,
        raises=() if toolchain else (place, *refusing),
        lock=lock,
        command=renew_all(lock),
    )


def _asked(manifest: Manifest, package: Package, upgrade: Upgrade, asks: list[tuple[Declaration, Declared]]) -> Mend:
    against = [(project, ask) for project, ask in asks if admits(package.ecosystem, ask.specifier, upgrade.to) is not True]
    if not against:
        project, ask = asks[0]
        because = (
            f"{project.path} asks for {ask.name} {ask.specifier}".rstrip() + f", which lets {upgrade.to} in: renew the lock"
        )
        command = renew(manifest.path, package.name, package.version, upgrade.to)
        return Mend(package=package, upgrade=upgrade, how=How.RENEW, because=because, lock=manifest.path, command=command)
    project, ask = against[0]
    return Mend(
        package=package,
        upgrade=upgrade,
        how=How.RAISE,
        because=f"{project.path} asks for {ask.name} {ask.specifier}: raise that",
        raises=tuple(
            Raise(
                path=project.path,
                line=ask.line,
                ecosystem=package.ecosystem,
                name=ask.name,
                old=ask.specifier,
                to=upgrade.to,
            )
            for project, ask in against
        ),
        lock=manifest.path,
        command=renew_all(manifest.path),
    )


def _brought_in(manifest: Manifest, package: Package, upgrade: Upgrade, needed: list[tuple[Dependency, str]]) -> Mend:
    answers = [(item, range_, admits(package.ecosystem, range_, upgrade.to) if range_ else None) for item, range_ in needed]
    refusing = [f"{told(item)} asks for {range_}" for item, range_, answer in answers if answer is False]
    command = renew(manifest.path, package.name, package.version, upgrade.to)
    first = package.through[0] if package.through else ""
    if refusing:
        more = f" and {len(refusing) - MAX_NAMED} more" if len(refusing) > MAX_NAMED else ""
        raised = f"raise {first} to a version that lets it, or override it" if first else "raise these, or override it"
        how, because = How.OVERRIDE, f"{'; '.join(refusing[:MAX_NAMED])}{more}: {raised}"
    elif answers and all(answer for _, _, answer in answers):
        who = told(answers[0][0]) if len(answers) == 1 else f"all {len(answers)} packages that need it"
        how, because = How.RENEW, f"{who} let{'s' if len(answers) == 1 else ''} {upgrade.to} in: renew the lock"
    else:
        through = f"it comes in through {first}" if first else "it is not told who asks for it"
        how, because = How.UNTOLD, f"{through}, with a range that the lock file does not keep: try to renew it"
    return Mend(package=package, upgrade=upgrade, how=how, because=because, lock=manifest.path, command=command)
