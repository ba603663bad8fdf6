"""From what a lock file says to this storey's facts."""

from collections.abc import Iterable

from ringfence.formats import purl
from ringfence.formats.locked import LockedPackage
from ringfence.formats.url import is_commit
from ringfence.layers.application.facts import Dependency, Manifest, known
from ringfence.model.knowledge import Known
from ringfence.model.location import Location
from ringfence.model.package import Package

PURL_TYPES = {"PyPI": "pypi", "npm": "npm", "Go": "golang"}
"""The purl type of OSV's ecosystems. Source: purl-spec, "Known purl types"."""


def manifest_of(path: str, ecosystem: str, locked: Iterable[LockedPackage]) -> Manifest:
    """A lock file's packages and dependencies. A package out of a folder is the project's own and no package of others."""
    packages: list[Package] = []
    dependencies: list[Dependency] = []
    for item in locked:
        at = Location(path=path, line=item.line)
        dependencies.append(_dependency(item, ecosystem, at))
        if item.version and item.source != "path":
            packages.append(package_of(ecosystem, item.name, item.version, at, dev=item.dev))
    return Manifest(path=path, ecosystem=ecosystem, lock=True, packages=tuple(packages), dependencies=tuple(dependencies))


def package_of(ecosystem: str, name: str, version: str, at: Location, *, dev: bool) -> Package:
    """A package of a language's registry."""
    return Package(
        purl=purl.make(PURL_TYPES[ecosystem], name, version),
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
        at=at,
    )
