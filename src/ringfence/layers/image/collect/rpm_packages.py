"""Packages of Red Hat, SUSE, Amazon, Azure and their relatives, from RPM's database in each of its three forms."""

from collections.abc import Iterator

from ringfence.errors import Malformed
from ringfence.formats import distribution_purl, rpm_bdb, rpm_header, rpm_ndb
from ringfence.formats.rpm_header import RpmPackage
from ringfence.io import database
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

MAX_PACKAGES = 100_000
"""Packages in one database."""


def read(path: str, data: bytes, release: OsRelease | None) -> tuple[Package, ...]:
    """The installed packages, the public keys among them left out. Raises `Malformed`, `LimitExceeded`."""
    found = (rpm_header.parse(header) for header in _headers(path, data))
    return tuple(_package(item, release) for item in found if item is not None)


def owned(path: str, data: bytes) -> Iterator[tuple[str, str]]:
    """Each file with the name of the package that owns it. Raises as `read`."""
    for header in _headers(path, data):
        found = rpm_header.parse(header)
        if found is not None:
            yield from ((found.name, file) for file in rpm_header.files(header))


def _headers(path: str, data: bytes) -> Iterator[bytes]:
    if path.endswith(".sqlite"):
        for row in database.rows_in(data, "SELECT blob FROM Packages", MAX_PACKAGES):
            if not isinstance(row[0], bytes):
                raise Malformed("RPM database", "a header is no blob")
            yield row[0]
    else:
        yield from rpm_ndb.headers(data) if path.endswith(".db") else rpm_bdb.headers(data)


def _package(found: RpmPackage, release: OsRelease | None) -> Package:
    source_name, source_version = found.source
    # A source's epoch is told nowhere: without it a version of the source could only be compared wrongly.
    named = distribution_purl.make("rpm", found.name, f"{found.version}-{found.release}", found.arch, release)
    return Package(
        purl=f"{named}{'&' if '?' in named else '?'}epoch={found.epoch}" if found.epoch else named,
        name=found.name,
        version=found.evr,
        ecosystem=release.osv_ecosystem if release else "rpm",
        arch=found.arch,
        source_name=source_name if source_name != found.name else "",
        source_version=source_version if not found.epoch and source_version != found.evr else "",
        licenses=(found.licence,) if found.licence else (),
    )
