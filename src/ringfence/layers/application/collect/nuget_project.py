""".NET packages of projects: *.csproj and its like with central versions, packages.config.

NuGet takes the least version that fits a wish, so a plain version of a direct dependency is the one that is installed.
"""

from collections.abc import Mapping

from ringfence.formats import nuget
from ringfence.formats.declared import Project
from ringfence.layers.application.collect.locked_facts import declaration_of, package_of
from ringfence.layers.application.facts import Beside, Declaration, Dependency, Manifest
from ringfence.model.declare import Ecosystem
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package

ECOSYSTEM = Ecosystem(slug="nuget-project", files=("*.csproj", "*.fsproj", "*.vbproj", "packages.config"))

CENTRAL = "Directory.Packages.props"


def declaration(path: str, data: bytes) -> Declaration:
    """What the project at `path` declares. Raises `Malformed`, `LimitExceeded`."""
    return declaration_of(path, "NuGet", Project(asks=nuget.parse_project(data)), locking=False)


def manifest(path: str, data: bytes) -> Manifest:
    """The packages at versions that the file tells itself. Raises as `declaration`."""
    return _manifest(path, data, {})


def joined(path: str, data: bytes, beside: Beside) -> Manifest:
    """The packages with the versions that the nearest Directory.Packages.props has for them. Raises as `declaration`."""
    folder = path
    while folder:
        folder = folder.rpartition("/")[0]
        found = beside(f"{folder}/{CENTRAL}" if folder else CENTRAL)
        if found is not None:
            return _manifest(path, data, {name.lower(): version for name, version in nuget.central_versions(found)})
    return _manifest(path, data, {})


def read(path: str, data: bytes, release: OsRelease | None) -> tuple[Package, ...]:  # noqa: ARG001 - every reader is told
    """The packages at one version. Raises as `manifest`."""
    return manifest(path, data).packages


def _manifest(path: str, data: bytes, central: Mapping[str, str]) -> Manifest:
    packages: list[Package] = []
    dependencies: list[Dependency] = []
    untold: list[tuple[int, str]] = []
    for item in nuget.parse_project(data):
        wish = item.specifier or central.get(item.name.lower(), "")
        version = nuget.pinned(wish)
        at = Location(path=path, line=item.line)
        if version:
            packages.append(package_of("NuGet", item.name, version, at, dev=item.dev))
        elif not wish or "$(" in wish:
            untold.append((item.line or 0, f"the version of {item.name} is told nowhere in the tree"))
        dependencies.append(
            Dependency(
                name=item.name,
                ecosystem="NuGet",
                specifier=wish,
                pinned=Known(bool(version))
                if wish and "$(" not in wish
                else Unknown("its version is told nowhere in the tree"),
                direct=Known(True),
                dev=item.dev,
                at=at,
            )
        )
    return Manifest(
        path=path,
        ecosystem="NuGet",
        lock=False,
        packages=tuple(packages),
        dependencies=tuple(dependencies),
        untold=tuple(untold),
    )
