"""Go modules copied into the tree: vendor/modules.txt. Where go.mod is there too, that speaks for them."""

import msgspec

from ringfence.formats import go_sum
from ringfence.layers.application.collect.locked_facts import package_of
from ringfence.layers.application.facts import Beside, Dependency, Manifest
from ringfence.model.declare import Ecosystem
from ringfence.model.knowledge import Known
from ringfence.model.location import Location
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package

ECOSYSTEM = Ecosystem(slug="vendored-modules", files=("vendor/modules.txt", "*/vendor/modules.txt"))


def manifest(path: str, data: bytes) -> Manifest:
    """The modules that the file at `path` lists. Raises `Malformed`, `LimitExceeded`."""
    found = go_sum.vendored(data)
    return Manifest(
        path=path,
        ecosystem="Go",
        lock=False,
        packages=tuple(
            package_of("Go", item.path, item.version, Location(path=path, line=item.line), dev=False)
            for item in found
            if item.version
        ),
        dependencies=tuple(
            Dependency(
                name=item.path,
                ecosystem="Go",
                specifier=item.version,
                pinned=Known(True),
                direct=Known(item.explicit),
                source="registry" if item.version else "path",
                at=Location(path=path, line=item.line),
            )
            for item in found
        ),
        compiled=tuple(name for item in found for name in item.packages),
    )


def joined(path: str, data: bytes, beside: Beside) -> Manifest:
    """Without packages where a go.mod lists them. Raises as `manifest`."""
    found = manifest(path, data)
    home = path.removesuffix("vendor/modules.txt")
    if beside(f"{home}go.mod") is None:
        return found
    return msgspec.structs.replace(found, packages=())


def read(path: str, data: bytes, release: OsRelease | None) -> tuple[Package, ...]:  # noqa: ARG001 - every reader is told
    """The modules that were copied. Raises as `manifest`."""
    return manifest(path, data).packages
