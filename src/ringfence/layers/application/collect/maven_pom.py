"""Java packages of Maven: pom.xml, with its parents and imported managements as far as they lie in the tree."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ringfence.formats import pom as form
from ringfence.formats.pom import Pom, PomDependency, filled
from ringfence.layers.application.collect.locked_facts import package_of
from ringfence.layers.application.facts import Beside, Dependency, Manifest, PackageIndex
from ringfence.model.declare import Ecosystem
from ringfence.model.knowledge import Known, Maybe, Unknown
from ringfence.model.location import Location
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package

ECOSYSTEM = Ecosystem(slug="maven-pom", files=("pom.xml", "*.pom"))

MAX_PARENTS = 30
"""Parents of parents that are read: a pom that is its own ancestor ends here."""

_RANGE = re.compile(r"[\[(].*[\])]")
_NOT_SHIPPED = frozenset({"test", "provided", "system"})


@dataclass(slots=True)
class _Model:
    """A pom with what it inherits: nearer values win. `missing` are the parents that are not in the tree."""

    properties: dict[str, str] = field(default_factory=dict)
    managed: dict[str, PomDependency] = field(default_factory=dict)
    dependencies: dict[str, PomDependency] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    def take(self, pom: Pom) -> None:
        """What a pom, or one of its ancestors, adds."""
        for name, value in pom.properties:
            self.properties.setdefault(name, value)
        for prefix in ("project.", "pom.", ""):
            self.properties.setdefault(f"{prefix}version", pom.version)
            self.properties.setdefault(f"{prefix}groupId", pom.group)
            self.properties.setdefault(f"{prefix}artifactId", pom.artifact)
        self.properties.setdefault("project.parent.version", pom.parent[2])
        self.properties.setdefault("project.parent.groupId", pom.parent[0])
        for item in pom.managed:
            self.managed.setdefault(f"{item.group}:{item.artifact}", item)
        for item in pom.dependencies:
            self.dependencies.setdefault(f"{item.group}:{item.artifact}", item)


def manifest(path: str, data: bytes) -> Manifest:
    """The pom at `path` alone. Raises `Malformed`, `LimitExceeded`."""
    return joined(path, data, lambda _path: None)


def joined(path: str, data: bytes, beside: Beside) -> Manifest:
    """The pom at `path` with its parents. Raises `Malformed`, `LimitExceeded`."""
    pom = form.parse(data)
    model = _Model()
    model.take(pom)
    _inherit(pom, path, model, beside)
    own = {f"{item.group}:{item.artifact}" for item in pom.dependencies}
    packages: list[Package] = []
    dependencies: list[Dependency] = []
    untold: list[tuple[int, str]] = []
    for key, item in model.dependencies.items():
        at = Location(path=path, line=item.line if key in own else None)
        name, version, why = _resolved(item, model)
        dev = (item.scope or _managed(item, model).scope) in _NOT_SHIPPED
        if version and not why:
            packages.append(package_of("Maven", name, version, at, dev=dev))
        elif why:
            untold.append((item.line or 0, why))
        dependencies.append(_dependency(name, version, why, at, dev=dev))
    return Manifest(
        path=path,
        ecosystem="Maven",
        lock=False,
        packages=tuple(packages),
        dependencies=tuple(dependencies),
        indexes=tuple(
            PackageIndex(kind="index", url=filled(url, model.properties), at=Location(path=path, line=line))
            for url, line in pom.repositories
        ),
        untold=tuple(untold),
    )


def read(path: str, data: bytes, release: OsRelease | None) -> tuple[Package, ...]:  # noqa: ARG001 - every reader is told
    """The direct dependencies at one version. Raises as `manifest`."""
    return manifest(path, data).packages


def _inherit(pom: Pom, path: str, model: _Model, beside: Beside) -> None:
    """Parents by their relative path, then the managements that are imported from poms of the tree."""
    here, place = pom, path
    for _ in range(MAX_PARENTS):
        group, artifact, version, relative = here.parent
        if not artifact:
            break
        found = _at(_beside(place, relative), beside) if relative else None
        if found is None or found[0].artifact != artifact:
            model.missing.append(f"{group}:{artifact}:{version}")
            break
        here, place = found
        model.take(here)
    imported = [item for item in model.managed.values() if item.scope == "import"]
    for item in imported:
        model.missing.append(
            f"{filled(item.group, model.properties)}:{item.artifact}:{filled(item.version, model.properties)}"
        )


def _at(path: str | None, beside: Beside) -> tuple[Pom, str] | None:
    if path is None:
        return None
    for name in (path, f"{path}/pom.xml") if not path.endswith(".xml") else (path,):
        data = beside(name)
        if data is not None:
            return form.parse(data), name
    return None


def _beside(path: str, relative: str) -> str | None:
    parts = path.split("/")[:-1]
    for part in relative.replace("\\", "/").split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def _managed(item: PomDependency, model: _Model) -> PomDependency:
    return model.managed.get(f"{item.group}:{item.artifact}") or PomDependency(group=item.group, artifact=item.artifact)


def _resolved(item: PomDependency, model: _Model) -> tuple[str, str, str]:
    """Name, version (empty if there is none), and why the version cannot be told (empty if it can)."""
    properties: Mapping[str, str] = model.properties
    name = f"{filled(item.group, properties)}:{filled(item.artifact, properties)}"
    version = filled(item.version or _managed(item, model).version, properties)
    outside = f" ({', '.join(model.missing[:3])} is not in the tree)" if model.missing else ""
    if not version:
        return name, "", f"the version of {name} is managed elsewhere{outside}"
    if "${" in version:
        return name, version, f"the version of {name} is {version}, a property told nowhere{outside}"
    return name, version, ""


def _dependency(name: str, version: str, why: str, at: Location, *, dev: bool) -> Dependency:
    floating = bool(_RANGE.fullmatch(version)) or version in ("LATEST", "RELEASE")
    pinned: Maybe[bool] = Unknown(why) if why else Known(not floating)
    return Dependency(name=name, ecosystem="Maven", specifier=version, pinned=pinned, direct=Known(True), dev=dev, at=at)
