"""The hashes of Go modules: go.sum, go.work.sum."""

from ringfence.formats import go_sum as form
from ringfence.layers.application.facts import Manifest
from ringfence.model.declare import Ecosystem
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package

ECOSYSTEM = Ecosystem(slug="go-sum", files=("go.sum", "go.work.sum"))


def manifest(path: str, data: bytes) -> Manifest:
    """Which modules the file at `path` fixes the content of. Raises `Malformed`, `LimitExceeded`."""
    return Manifest(
        path=path,
        ecosystem="Go",
        lock=True,
        hashes_for=tuple(f"{module}@{version}" for module, version in form.parse(data)),
    )


def read(path: str, data: bytes, release: OsRelease | None) -> tuple[Package, ...]:  # noqa: ARG001 - every reader is told
    """None: go.sum also has modules that only took part in choosing versions."""
    return ()
