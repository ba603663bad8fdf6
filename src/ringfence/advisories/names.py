"""How ecosystems spell names: one spelling per package and per ecosystem, so that equal things are equal text.

Source: PyPA "Names and normalization" (PEP 503); Go's module paths and npm's names are case-sensitive and stand as they
are; OSV schema, "Defined ecosystems" (the release after the colon).
"""

import re

from ringfence.errors import Malformed
from ringfence.formats import purl
from ringfence.formats.purl import Purl
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package

_RUNS = re.compile(r"[-_.]+")


def family(ecosystem: str) -> str:
    """The ecosystem without its release: `Debian` of `Debian:12`."""
    return ecosystem.partition(":")[0]


def ecosystem_key(ecosystem: str) -> str:
    """The spelling under which advisories are kept: Ubuntu's `:LTS` says nothing that the release does not.

    Ubuntu's `Pro` is a channel of its release (`channel_of`).
    """
    if not ecosystem.startswith("Ubuntu:"):
        return ecosystem
    return ecosystem.removesuffix(":LTS").replace(":Pro:", ":", 1)


def channel_of(ecosystem: str) -> str:
    """The subscription whose packages an ecosystem names: `Pro` of `Ubuntu:Pro:16.04:LTS`; empty for the free ones."""
    parts = ecosystem.removesuffix(":LTS").split(":")
    return ":".join(parts[1:-1]) if parts[0] == "Ubuntu" else ""


def package_key(ecosystem: str, name: str) -> str:
    """The spelling of a package name under which advisories are kept."""
    return _RUNS.sub("-", name).lower() if ecosystem == "PyPI" else name


_BY_BINARY = frozenset(
    {
        *("AlmaLinux", "Amazon Linux", "Azure Linux", "Fedora", "Mageia", "Oracle Linux", "Photon OS", "Red Hat"),
        *("Rocky Linux", "SUSE", "openEuler", "openSUSE"),
    }
)
"""Distributions whose advisories name binary packages; all others name the source they are built from."""


def advised(package: Package) -> tuple[str, str]:
    """The name and version under which a package's advisories are kept."""
    if family(package.ecosystem) in _BY_BINARY:
        return package.name, package.version
    return package.advisory_name, package.advisory_version


MODULAR = ".module"
"""What the release of an rpm built for a module stream contains: `.module_el8`, `.module+el8`."""


def module_of(package: Package) -> str:
    """The module stream of an rpm, `nodejs:18`, out of its package URL's qualifier `rpmmod`; empty if it is of none."""
    try:
        told = purl.parse(package.purl).qualifier("rpmmod")
    except Malformed:
        return ""
    return ":".join(told.split(":")[:2])


_KINDS = {
    "pypi": "PyPI",
    "npm": "npm",
    "golang": "Go",
    "cargo": "crates.io",
    "gem": "RubyGems",
    "maven": "Maven",
    "nuget": "NuGet",
    "composer": "Packagist",
    "hex": "Hex",
    "pub": "Pub",
    "conan": "ConanCenter",
    "swift": "SwiftURL",
    "cran": "CRAN",
    "hackage": "Hackage",
    "github": "GitHub Actions",
    "bitnami": "Bitnami",
    "conda": "conda",
}
"""Types of purl-spec, and OSV's names of the same ecosystems ("Defined ecosystems" of the OSV schema)."""

_DISTRIBUTIONS = frozenset({"deb", "apk", "rpm", "alpm"})


def of_purl(named: Purl) -> tuple[str, str]:
    """The ecosystem and the package name that advisories use for a package URL; an empty ecosystem for an unknown type.

    A distribution's release is in the qualifier `distro` (`debian-12`); without it the ecosystem has no release.
    """
    if named.kind in _DISTRIBUTIONS:
        id_, _, version = named.qualifier("distro").rpartition("-")
        release = OsRelease(id=id_ or named.namespace, version=version if id_ else "")
        return release.osv_ecosystem, named.name
    parts = tuple(part for part in (named.namespace, named.name) if part)
    return _KINDS.get(named.kind, ""), (":" if named.kind == "maven" else "/").join(parts)
