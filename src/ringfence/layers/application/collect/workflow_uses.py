"""The actions that GitHub workflows and composite actions run."""

from ringfence.formats import workflow_uses as form
from ringfence.layers.application.collect.locked_facts import package_of
from ringfence.layers.application.facts import Dependency, Manifest
from ringfence.model.declare import Ecosystem
from ringfence.model.knowledge import Known
from ringfence.model.location import Location
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package

ECOSYSTEM = Ecosystem(
    slug="workflow-uses",
    files=(
        ".github/workflows/*.yml",
        ".github/workflows/*.yaml",
        "*/.github/workflows/*.yml",
        "*/.github/workflows/*.yaml",
        "action.yml",
        "action.yaml",
    ),
)


def manifest(path: str, data: bytes) -> Manifest:
    """The actions that the file at `path` uses. Raises `Malformed`, `LimitExceeded`."""
    actions = [item for item in form.parse(data).packages if item.source == "git"]
    return Manifest(
        path=path,
        ecosystem="GitHub Actions",
        lock=False,
        packages=tuple(
            package_of("GitHub Actions", item.name, item.version, Location(path=path, line=item.line), dev=False)
            for item in actions
            if item.version
        ),
        dependencies=tuple(
            Dependency(
                name=item.name,
                ecosystem="GitHub Actions",
                specifier=item.version,
                pinned=Known(bool(item.hashed)),
                source="git",
                url=item.url,
                reference=item.reference,
                immutable=Known(bool(item.hashed)),
                direct=Known(True),
                at=Location(path=path, line=item.line),
            )
            for item in actions
        ),
    )


def read(path: str, data: bytes, release: OsRelease | None) -> tuple[Package, ...]:  # noqa: ARG001 - every reader is told
    """The actions at a whole version. Raises as `manifest`."""
    return manifest(path, data).packages
