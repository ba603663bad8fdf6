"""What an environment of conda is made of, pip's part included: environment.yml."""

from ringfence.formats import conda_environment
from ringfence.layers.application.collect.locked_facts import package_of
from ringfence.layers.application.facts import Dependency, Manifest
from ringfence.model.declare import Ecosystem
from ringfence.model.knowledge import Known
from ringfence.model.location import Location
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package

ECOSYSTEM = Ecosystem(
    slug="environment-yml", files=("environment.yml", "environment.yaml", "environment[-_.]*.yml", "environment[-_.]*.yaml")
)


def manifest(path: str, data: bytes) -> Manifest:
    """The environment at `path`. Raises `Malformed`, `LimitExceeded`."""
    specs = conda_environment.parse(data)
    dependencies = tuple(
        Dependency(
            name=item.name,
            ecosystem="PyPI" if item.pip else "conda",
            specifier=item.specifier,
            pinned=Known(bool(item.version)),
            hashed=Known(False),
            direct=Known(True),
            at=Location(path=path, line=item.line),
        )
        for item in specs
    )
    return Manifest(
        path=path,
        ecosystem="conda",
        lock=False,
        packages=tuple(
            package_of(
                "PyPI" if item.pip else "conda", item.name, item.version, Location(path=path, line=item.line), dev=False
            )
            for item in specs
            if item.version
        ),
        dependencies=dependencies,
    )


def read(path: str, data: bytes, release: OsRelease | None) -> tuple[Package, ...]:  # noqa: ARG001 - every reader is told
    """The packages at exact versions. Raises as `manifest`."""
    return manifest(path, data).packages
