"""Python packages locked in the standard form of PEP 751: pylock.toml."""

from ringfence.formats import pylock
from ringfence.layers.application.collect.locked_facts import manifest_of
from ringfence.layers.application.facts import Manifest
from ringfence.model.declare import Ecosystem
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package

ECOSYSTEM = Ecosystem(slug="pylock-toml", files=("pylock.toml", "pylock.*.toml"))


def manifest(path: str, data: bytes) -> Manifest:
    """The lock file at `path`. Raises `Malformed`, `LimitExceeded`."""
    return manifest_of(path, "PyPI", pylock.parse(data))


def read(path: str, data: bytes, release: OsRelease | None) -> tuple[Package, ...]:  # noqa: ARG001 - every reader is told
    """The packages that the file locks. Raises as `manifest`."""
    return manifest(path, data).packages
