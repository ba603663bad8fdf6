"""Packages of Debian and its descendants, from dpkg's database."""

from ringfence.formats import distribution_purl, dpkg
from ringfence.model.declare import Ecosystem
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package

ECOSYSTEM = Ecosystem(slug="debian-packages", files=("var/lib/dpkg/status", "var/lib/dpkg/status.d/*"))


def read(path: str, data: bytes, release: OsRelease | None) -> tuple[Package, ...]:
    """The installed packages of `status`, or the one of a file of `status.d` (distroless). Raises `LimitExceeded`."""
    if path.endswith(".md5sums"):
        return ()
    return tuple(_package(found, release) for found in dpkg.parse(data))


def _package(found: dpkg.DpkgPackage, release: OsRelease | None) -> Package:
    return Package(
        purl=distribution_purl.make("deb", found.name, found.version, found.arch, release),
        name=found.name,
        version=found.version,
        ecosystem=release.osv_ecosystem if release else "Debian",
        arch=found.arch,
        source_name=found.source_name if found.source_name != found.name else "",
        source_version=found.source_version if found.source_version != found.version else "",
    )
