"""Elixir and Erlang packages locked by Mix: mix.lock."""

from ringfence.formats import mix_lock
from ringfence.layers.application.collect.locked_facts import manifest_of
from ringfence.layers.application.facts import Manifest
from ringfence.model.declare import Ecosystem
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package

ECOSYSTEM = Ecosystem(slug="mix-lock", files=("mix.lock",))


def manifest(path: str, data: bytes) -> Manifest:
    """The lock file at `path`. Raises `Malformed`, `LimitExceeded`."""
    return manifest_of(path, "Hex", mix_lock.parse(data))


def read(path: str, data: bytes, release: OsRelease | None) -> tuple[Package, ...]:  # noqa: ARG001 - every reader is told
    """The packages that the file locks. Raises as `manifest`."""
    return manifest(path, data).packages
