"""An installed package of a distribution, of whatever kind, as the package that advisories speak of."""

from ringfence.formats import distribution_purl
from ringfence.formats.apk import ApkPackage
from ringfence.formats.dpkg import DpkgPackage
from ringfence.formats.rpm_header import RpmPackage
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package


def of_deb(found: DpkgPackage, release: OsRelease | None) -> Package:
    """A package of dpkg's database."""
    return Package(
        purl=distribution_purl.make("deb", found.name, found.version, found.arch, release),
        name=found.name,
        version=found.version,
        ecosystem=release.osv_ecosystem if release else "Debian",
        arch=found.arch,
        source_name=found.source_name if found.source_name != found.name else "",
        source_version=found.source_version if found.source_version != found.version else "",
    )


def of_rpm(found: RpmPackage, release: OsRelease | None) -> Package:
    """A package of RPM's database."""
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


def of_apk(found: ApkPackage, release: OsRelease | None) -> Package:
    """A package of apk's database."""
    return Package(
        purl=distribution_purl.make("apk", found.name, found.version, found.arch, release),
        name=found.name,
        version=found.version,
        ecosystem=release.osv_ecosystem if release else "Alpine",
        arch=found.arch,
        source_name=found.origin if found.origin != found.name else "",
        licenses=(found.licence,) if found.licence else (),
    )
