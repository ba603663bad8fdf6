"""Packages of conda and pip locked by conda-lock: conda-lock.yml."""

import msgspec

from ringfence.formats import conda_environment
from ringfence.layers.application.collect.locked_facts import manifest_of
from ringfence.layers.application.facts import Manifest
from ringfence.model.declare import Ecosystem
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package

ECOSYSTEM = Ecosystem(slug="conda-lock", files=("conda-lock.yml", "*.conda-lock.yml"))


def manifest(path: str, data: bytes) -> Manifest:
    """The lock file at `path`. Raises `Malformed`, `LimitExceeded`."""
    conda, pip = conda_environment.parse_lock(data)
    own, other = manifest_of(path, "conda", conda), manifest_of(path, "PyPI", pip)
    return msgspec.structs.replace(
        own, packages=(*own.packages, *other.packages), dependencies=(*own.dependencies, *other.dependencies)
    )


def read(path: str, data: bytes, release: OsRelease | None) -> tuple[Package, ...]:  # noqa: ARG001 - every reader is told
    """The packages that the file locks. Raises as `manifest`."""
    return manifest(path, data).packages
