"""How ecosystems spell names: one spelling per package and per ecosystem, so that equal things are equal text.

Source: PyPA "Names and normalization" (PEP 503); Go's module paths and npm's names are case-sensitive and stand as they
are; OSV schema, "Defined ecosystems" (the release after the colon).
"""

import re

from ringfence.formats.purl import Purl
from ringfence.model.os_release import OsRelease

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
    "bitnami": "Bitnami",
    "conda": "conda",
}
"""Types of purl-spec, and OSV's names of the same ecosystems ("Defined ecosystems" of the OSV schema)."""

_DISTRIBUTIONS = frozenset({"deb", "apk", "rpm", "alpm"})


def of_purl(purl: Purl) -> tuple[str, str]:
    """The ecosystem and the package name that advisories use for a package URL; an empty ecosystem for an unknown type.

    A distribution's release is in the qualifier `distro` (`debian-12`); without it the ecosystem has no release.
    """
    if purl.kind in _DISTRIBUTIONS:
        id_, _, version = purl.qualifier("distro").rpartition("-")
        release = OsRelease(id=id_ or purl.namespace, version=version if id_ else "")
        return release.osv_ecosystem, purl.name
    parts = tuple(part for part in (purl.namespace, purl.name) if part)
    return _KINDS.get(purl.kind, ""), (":" if purl.kind == "maven" else "/").join(parts)
