"""Packages of Alpine and its relatives, from apk's database."""

from collections.abc import Iterator

from ringfence.formats import apk, distribution_package
from ringfence.model.declare import Ecosystem
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package

ECOSYSTEM = Ecosystem(slug="alpine-packages", files=("lib/apk/db/installed", "usr/lib/apk/db/installed"))


def read(path: str, data: bytes, release: OsRelease | None) -> tuple[Package, ...]:  # noqa: ARG001 - all readers are asked alike
    """The installed packages. Raises `LimitExceeded`."""
    return tuple(distribution_package.of_apk(found, release) for found in apk.parse(data))


def owned(path: str, data: bytes) -> Iterator[tuple[str, str]]:  # noqa: ARG001 - all readers are asked alike
    """Each file with the name of the package that owns it."""
    return apk.owned_files(data)
