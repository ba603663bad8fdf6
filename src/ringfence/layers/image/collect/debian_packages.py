"""Packages of Debian and its descendants, from dpkg's database."""

from ringfence.formats import distribution_package, dpkg
from ringfence.model.declare import Ecosystem
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package

ECOSYSTEM = Ecosystem(slug="debian-packages", files=("var/lib/dpkg/status", "var/lib/dpkg/status.d/*"))


def read(path: str, data: bytes, release: OsRelease | None) -> tuple[Package, ...]:
    """The installed packages of `status`, or the one of a file of `status.d` (distroless). Raises `LimitExceeded`."""
    if path.endswith(".md5sums"):
        return ()
    return tuple(distribution_package.of_deb(found, release) for found in dpkg.parse(data))
