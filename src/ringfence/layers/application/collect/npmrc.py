"""Where npm looks for packages: .npmrc."""

from ringfence.formats import npmrc as form
from ringfence.layers.application.facts import Manifest, PackageIndex
from ringfence.model.declare import Ecosystem
from ringfence.model.location import Location
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package

ECOSYSTEM = Ecosystem(slug="npmrc", files=(".npmrc", ".yarnrc.yml"))


def manifest(path: str, data: bytes) -> Manifest:
    """The registries that the file at `path` names. Raises `Malformed`, `LimitExceeded`."""
    found = form.parse_yarn(data) if path.endswith(".yml") else form.parse(data)
    indexes = tuple(
        PackageIndex(kind=item.kind, url=item.url, scope=item.scope, at=Location(path=path, line=item.line))
        for item in found
    )
    return Manifest(path=path, ecosystem="npm", lock=False, indexes=indexes)


def read(path: str, data: bytes, release: OsRelease | None) -> tuple[Package, ...]:  # noqa: ARG001 - every reader is told
    """None."""
    return ()
