"""What a C++ project asks vcpkg for: vcpkg.json. Versions come from the baseline, which is a commit of vcpkg's own list."""

from ringfence.formats import conan_lock
from ringfence.layers.application.collect.locked_facts import declaration_of, package_of
from ringfence.layers.application.facts import Declaration, Manifest
from ringfence.model.declare import Ecosystem
from ringfence.model.location import Location
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package

ECOSYSTEM = Ecosystem(slug="vcpkg-json", files=("vcpkg.json",))


def declaration(path: str, data: bytes) -> Declaration:
    """What the file at `path` declares; its baseline takes a lock's place. Raises `Malformed`, `LimitExceeded`."""
    return declaration_of(path, "vcpkg", conan_lock.parse_vcpkg(data)[0], locking=False)


def manifest(path: str, data: bytes) -> Manifest:
    """The versions that it overrides: the only ones it tells. Raises as `declaration`."""
    _, overrides = conan_lock.parse_vcpkg(data)
    at = Location(path=path)
    packages = tuple(package_of("vcpkg", name, version, at, dev=False) for name, version in overrides)
    return Manifest(path=path, ecosystem="vcpkg", lock=False, packages=packages)


def read(path: str, data: bytes, release: OsRelease | None) -> tuple[Package, ...]:  # noqa: ARG001 - every reader is told
    """The overridden packages. Raises as `manifest`."""
    return manifest(path, data).packages
