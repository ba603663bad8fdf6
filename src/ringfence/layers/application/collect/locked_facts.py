"""From what a lock file or a manifest says to this storey's facts."""

from ringfence.formats import purl
from ringfence.formats.declared import Project
from ringfence.formats.locked import Locked, LockedPackage
from ringfence.formats.url import is_commit
from ringfence.layers.application.facts import NOT_TOLD, Declaration, Dependency, Manifest, PackageIndex, known
from ringfence.model.knowledge import Known
from ringfence.model.location import Location
from ringfence.model.package import Package

PURL_TYPES = {
    "PyPI": "pypi",
    "npm": "npm",
    "Go": "golang",
    "crates.io": "cargo",
    "Maven": "maven",
    "RubyGems": "gem",
    "Packagist": "composer",
    "NuGet": "nuget",
    "Hex": "hex",
    "Pub": "pub",
    "SwiftURL": "swift",
    "ConanCenter": "conan",
    "vcpkg": "vcpkg",
    "conda": "conda",
    "GitHub Actions": "github",
}
"""The purl type of OSV's ecosystems. Source: purl-spec, "Known purl types"."""


def manifest_of(path: str, ecosystem: str, found: Locked, *, lock: bool = True) -> Manifest:
    """A lock file's packages and dependencies. A package out of a folder is the project's own and no package of others."""
    packages: list[Package] = []
    dependencies: list[Dependency] = []
    for item in found.packages:
        at = Location(path=path, line=item.line)
        dependencies.append(_dependency(item, ecosystem, at))
        if item.version and item.source != "path":
            packages.append(package_of(ecosystem, item.name, item.version, at, dev=item.dev))
    return Manifest(
        path=path,
        ecosystem=ecosystem,
        lock=lock,
        packages=tuple(packages),
        dependencies=tuple(dependencies),
        members=found.members,
    )


def declaration_of(path: str, ecosystem: str, found: Project, *, locking: bool = True) -> Declaration:
    """What a project's manifest declares."""
    return Declaration(
        path=path,
        ecosystem=ecosystem,
        declares=Known(len(found.asks)),
        name=found.name,
        asks=found.asks,
        registries=tuple(
            PackageIndex(kind=item.kind, url=item.url, scope=item.scope, at=Location(path=path, line=item.line))
            for item in found.registries
        ),
        locking=locking,
    )


def package_of(ecosystem: str, name: str, version: str, at: Location, *, dev: bool) -> Package:
    """A package of a language's registry."""
    # Maven's namespace is the group, which advisories join to the name with a colon.
    return Package(
        purl=purl.make(PURL_TYPES[ecosystem], name.replace(":", "/") if ecosystem == "Maven" else name, version),
        name=name,
        version=version,
        ecosystem=ecosystem,
        locations=(at,),
        dev=dev,
    )


def _dependency(item: LockedPackage, ecosystem: str, at: Location) -> Dependency:
    return Dependency(
        name=item.name,
        ecosystem=ecosystem,
        specifier=item.version,
        pinned=Known(True),
        hashed=known(item.hashed),
        install_script=known(item.install_script),
        source=item.source,
        url=item.url,
        reference=item.reference,
        immutable=Known(is_commit(item.reference)) if item.source == "git" else known(item.hashed),
        dev=item.dev,
        key=item.key or item.name,
        needs=item.needs,
        answers=item.answers,
        direct=NOT_TOLD if item.direct is None else Known(item.direct),
        withdrawn=item.withdrawn,
        at=at,
    )
