"""How a project's wishes and its lock files stand to each other."""

from collections.abc import Iterable, Mapping

import msgspec

from ringfence.advisories.names import package_key
from ringfence.layers.application.facts import Declaration, Dependency, Manifest
from ringfence.model.knowledge import Known
from ringfence.model.package import Package


def held(declaration: Declaration, locks: Iterable[Manifest]) -> tuple[tuple[str, str], ...]:
    """The versions that the locks keep of each name the project declares, each once."""
    wanted = {package_key(declaration.ecosystem, item.name): item.name for item in declaration.asks}
    found: dict[tuple[str, str], None] = {}
    for lock in locks:
        sums = frozenset(lock.hashes_for)
        found.update(
            ((item.name, item.specifier), None) for item in declaration.asks if f"{item.name}@{item.specifier}" in sums
        )
        for item in lock.dependencies:
            name = wanted.get(package_key(declaration.ecosystem, item.name))
            if name is not None:
                found.setdefault((name, item.specifier))
    return tuple(found)


def asking(manifest: Manifest, declarations: Iterable[Declaration]) -> list[Declaration]:
    """Whose wishes a lock file answers: the projects it is for, and that have no nearer one."""
    return [item for item in declarations if item.locks and manifest.path in _nearest(item.locks) and covers(manifest, item)]


def covers(lock: Manifest, declaration: Declaration) -> bool:
    """Whether a lock file is for a project: it stands beside it, or names it as a member of its workspace."""
    home, there = lock.path.rpartition("/")[0], declaration.path.rpartition("/")[0]
    if home == there:
        return True
    inside = there.removeprefix(f"{home}/") if home else there
    return any(
        (member.path.removeprefix("./") == inside) if member.path else (member.name and member.name == declaration.name)
        for member in lock.members
    )


def _nearest(locks: tuple[str, ...]) -> list[str]:
    """The lock files of the nearest folder: a project may be locked by two tools."""
    folder = locks[0].rpartition("/")[0]
    return [path for path in locks if path.rpartition("/")[0] == folder]


def constrained(manifest: Manifest, pins: Mapping[str, Package]) -> Manifest:
    """The file with what its constraints pin of the dependencies that it leaves open."""
    have = {package.name for package in manifest.packages}
    added: list[Package] = []
    dependencies: list[Dependency] = []
    for item in manifest.dependencies:
        pin = pins.get(item.name)
        if pin is None or item.name in have or item.source != "registry":
            dependencies.append(item)
            continue
        added.append(msgspec.structs.replace(pin, dev=item.dev))
        dependencies.append(msgspec.structs.replace(item, pinned=Known(True), specifier=f"=={pin.version}"))
    return msgspec.structs.replace(
        manifest,
        packages=(*manifest.packages, *added),
        dependencies=tuple(dependencies),
        lock=bool(dependencies) and all(item.pinned == Known(True) for item in dependencies),
    )
