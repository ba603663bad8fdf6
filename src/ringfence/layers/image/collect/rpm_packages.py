"""Packages of Red Hat, SUSE, Amazon, Azure and their relatives, from RPM's database in each of its three forms."""

from collections.abc import Iterator

from ringfence.formats import distribution_package, rpm_header
from ringfence.io import rpm_database
from ringfence.model.declare import Ecosystem
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package

ECOSYSTEM = Ecosystem(
    slug="rpm-packages",
    files=(
        "var/lib/rpm/rpmdb.sqlite",
        "usr/lib/sysimage/rpm/rpmdb.sqlite",
        "usr/share/rpm/rpmdb.sqlite",
        "var/lib/rpm/Packages.db",
        "usr/lib/sysimage/rpm/Packages.db",
        "var/lib/rpm/Packages",
        "usr/lib/sysimage/rpm/Packages",
    ),
)
"""`io.rpm_database.PLACES`, as literals."""


def read(path: str, data: bytes, release: OsRelease | None) -> tuple[Package, ...]:
    """The installed packages, the public keys among them left out. Raises `Malformed`, `LimitExceeded`."""
    found = (rpm_header.parse(header) for header in rpm_database.headers(path, data))
    return tuple(distribution_package.of_rpm(item, release) for item in found if item is not None)


def owned(path: str, data: bytes) -> Iterator[tuple[str, str]]:
    """Each file with the name of the package that owns it. Raises as `read`."""
    for header in rpm_database.headers(path, data):
        found = rpm_header.parse(header)
        if found is not None:
            yield from ((found.name, file) for file in rpm_header.files(header))
