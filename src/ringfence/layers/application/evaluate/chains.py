"""Who brings in whom: from the projects' own dependencies along what each package needs, the shortest way first."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from ringfence.advisories.names import package_key
from ringfence.formats.locked import Need
from ringfence.layers.application.facts import Declaration, Dependency, Manifest
from ringfence.model.fact import Fact
from ringfence.model.knowledge import Known
from ringfence.model.location import Location
from ringfence.model.package import Package

MAX_CHAIN = 60
"""Links of one way that are told; no real graph comes near."""


class Chain(Fact):
    """A way by which a package comes in: the project, then each package on the way with its version and the range it was
    asked with; the last is the package itself.
    """

    project: str
    links: tuple[str, ...]
    asked: tuple[str, ...]
    dev: bool = False


class _Root(NamedTuple):
    project: str
    need: Need
    dev: bool


class _Seen(NamedTuple):
    """How a package was first reached: from which key (empty: from a project), asked with what."""

    parent: str
    project: str
    specifier: str
    dev: bool


class Ways:
    """The shortest ways into the packages of one lock file. `rooted` says whether any project's wishes are known."""

    def __init__(self, manifest: Manifest, declarations: Iterable[Declaration]) -> None:
        self.by_key: dict[str, Dependency] = {}
        self._by_name: dict[str, list[str]] = {}
        self._answers: dict[str, str] = {}
        self.ecosystem = manifest.ecosystem
        for item in manifest.dependencies:
            key = item.key or item.name
            self.by_key.setdefault(key, item)
            self._by_name.setdefault(package_key(manifest.ecosystem, item.name), []).append(key)
            self._answers.update((answer, key) for answer in item.answers)
        self._members = {key for member in manifest.members for key in (member.name, member.path) if key}
        roots = tuple(self._roots(manifest, declarations))
        self.rooted = bool(roots)
        self.seen: dict[str, _Seen] = {}
        self.direct = {key for root in roots for key in self.keys(root.need)}
        self._parents: Mapping[str, tuple[tuple[str, str], ...]] | None = None
        for dev in (False, True):
            self._walk([root for root in roots if root.dev is dev], dev=dev)

    def _roots(self, manifest: Manifest, declarations: Iterable[Declaration]) -> Iterable[_Root]:
        members = [item for item in manifest.members if item.asks or item.dev_asks]
        for member in members:
            project = member.name or member.path or "."
            yield from (_Root(project, need, False) for need in member.asks)
            yield from (_Root(project, need, True) for need in member.dev_asks)
        if members:
            return
        for declaration in declarations:
            project = declaration.name or declaration.path
            for ask in declaration.asks:
                yield _Root(project, Need(key=f"{ask.name}@{ask.specifier}", specifier=ask.specifier), ask.dev)

    def keys(self, need: Need) -> tuple[str, ...]:
        """The packages that an ask may have got: one where the file tells, each version of the name where it does not."""
        if need.key in self.by_key:
            return (need.key,)
        if need.key in self._answers:
            return (self._answers[need.key],)
        name = need.key.removesuffix(f"@{need.specifier}") if need.specifier else need.key.removesuffix("@")
        return tuple(self._by_name.get(package_key(self.ecosystem, name), ()))

    def _walk(self, roots: list[_Root], *, dev: bool) -> None:
        pending: list[str] = []
        for root in roots:
            for key in self.keys(root.need):
                if key not in self.seen:
                    self.seen[key] = _Seen("", root.project, root.need.specifier, dev)
                    pending.append(key)
        at = 0
        while at < len(pending):
            here = pending[at]
            at += 1
            for need in self.by_key[here].needs:
                for key in self.keys(need):
                    if key not in self.seen:
                        # What a workspace member asks for is that member's own wish.
                        own = here in self._members and self.by_key[here].source == "path"
                        self.seen[key] = _Seen("" if own else here, self.seen[here].project, need.specifier, dev)
                        pending.append(key)

    def through(self, key: str) -> tuple[str, ...]:
        """Names with versions of what leads to a package, from the direct dependency on, itself left out."""
        found: list[str] = []
        here = self.seen[key].parent if key in self.seen else ""
        while here and len(found) < MAX_CHAIN:
            found.append(told(self.by_key[here]))
            here = self.seen[here].parent
        return tuple(reversed(found))

    def parents(self) -> Mapping[str, tuple[tuple[str, str], ...]]:
        """For each package by key, who needs it (key) and with which range."""
        found: dict[str, list[tuple[str, str]]] = {}
        for key, item in self.by_key.items():
            for need in item.needs:
                for there in self.keys(need):
                    found.setdefault(there, []).append((key, need.specifier))
        return {key: tuple(items) for key, items in found.items()}

    def named(self, name: str) -> tuple[Dependency, ...]:
        """Every version of a package."""
        return tuple(self.by_key[key] for key in self._by_name.get(package_key(self.ecosystem, name), ()))

    def chains(self, item: Dependency, most: int = 20) -> tuple[Chain, ...]:
        """The shortest way to a package, and a further one for each other package that needs it."""
        if self._parents is None:
            self._parents = self.parents()
        key = item.key or item.name
        found: list[Chain] = []
        seen = self.seen.get(key)
        if seen and not seen.parent:
            found.append(self._chain(key, ()))
        for parent, specifier in self._parents.get(key, ()):
            if parent in self.seen or not self.rooted:
                found.append(self._chain(parent, ((key, specifier),)))
        kept = sorted({chain.links: chain for chain in found}.values(), key=lambda chain: (len(chain.links), chain.links))
        return tuple(kept[:most])

    def _chain(self, key: str, tail: tuple[tuple[str, str], ...]) -> Chain:
        links: list[tuple[str, str]] = list(tail)
        here, seen = key, self.seen.get(key)
        while True:
            links.insert(0, (here, seen.specifier if seen else ""))
            if not seen or not seen.parent or len(links) > MAX_CHAIN:
                break
            here = seen.parent
            seen = self.seen.get(here)
        return Chain(
            project=seen.project if seen else "",
            links=tuple(told(self.by_key[item]) for item, _ in links),
            asked=tuple(specifier for _, specifier in links),
            dev=bool(seen and seen.dev),
        )


def told(item: Dependency) -> str:
    """`name version`, or the name alone."""
    return f"{item.name} {version(item)}".strip()


def version(item: Dependency) -> str:
    """The version of what a file pins: requirements files write `==` before it."""
    return item.specifier.lstrip("=")


def settled(manifest: Manifest, declarations: Iterable[Declaration]) -> Manifest:
    """The file with what follows from who asks for what: direct or not, the way in, needed by development only."""
    ways = Ways(manifest, declarations)
    if not ways.rooted:
        return msgspec.structs.replace(manifest, packages=tuple(_as_said(manifest)))
    dependencies = tuple(_dependency(item, ways) for item in manifest.dependencies)
    place = {(item.name, version(item), item.at): item for item in dependencies}
    packages = tuple(_package(item, place, ways) for item in manifest.packages)
    return msgspec.structs.replace(manifest, dependencies=dependencies, packages=packages)


def _as_said(manifest: Manifest) -> Iterable[Package]:
    """What the file itself says of direct dependencies, where no project's wishes are known."""
    said = {(item.name, version(item)): item.direct for item in manifest.dependencies}
    for package in manifest.packages:
        direct = said.get((package.name, package.version))
        yield msgspec.structs.replace(package, direct=direct.value) if isinstance(direct, Known) else package


def _dependency(item: Dependency, ways: Ways) -> Dependency:
    seen = ways.seen.get(item.key or item.name)
    if seen is None:
        return item
    # What development asks for itself may have come in before, through what is shipped.
    asked = not seen.parent or (item.key or item.name) in ways.direct
    direct = item.direct if isinstance(item.direct, Known) else Known(asked)
    return msgspec.structs.replace(item, direct=direct, dev=item.dev or seen.dev)


def _package(package: Package, place: Mapping[tuple[str, str, Location], Dependency], ways: Ways) -> Package:
    item = place.get((package.name, package.version, package.locations[0]))
    if item is None or not isinstance(item.direct, Known):
        return package
    through = () if item.direct.value else ways.through(item.key or item.name)
    return msgspec.structs.replace(package, direct=item.direct.value, through=through, dev=item.dev)
