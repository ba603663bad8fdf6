"""Packages of OpenWrt and other small systems, from opkg's database, which is written as dpkg's is."""

from ringfence.formats import distribution_purl, dpkg
from ringfence.model.declare import Ecosystem
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package

ECOSYSTEM = Ecosystem(
    slug="opkg-packages", files=("usr/lib/opkg/status", "var/lib/opkg/status", "opt/lib/opkg/status", "lib/opkg/status")
)


def read(path: str, data: bytes, release: OsRelease | None) -> tuple[Package, ...]:  # noqa: ARG001 - all readers are asked alike
    """The installed packages. Raises `LimitExceeded`."""
    return tuple(
        Package(
            purl=distribution_purl.make("opkg", found.name, found.version, found.arch, release),
            name=found.name,
            version=found.version,
            ecosystem=release.osv_ecosystem if release else "openwrt",
            arch=found.arch,
            source_name=found.source_name if found.source_name != found.name else "",
        )
        for found in dpkg.parse(data)
    )
