"""Packages of Arch Linux and its relatives, from pacman's local database."""

from collections.abc import Iterator

from ringfence.formats import alpm, distribution_purl
from ringfence.model.declare import Ecosystem
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package

ECOSYSTEM = Ecosystem(slug="pacman-packages", files=("var/lib/pacman/local/*/desc", "var/lib/pacman/local/*/files"))


def read(path: str, data: bytes, release: OsRelease | None) -> tuple[Package, ...]:
    """The one package of a `desc` file. Raises `Malformed`."""
    if path.endswith("/files"):
        return ()
    found = alpm.parse(data)
    return (
        Package(
            purl=distribution_purl.make("alpm", found.name, found.version, found.arch, release),
            name=found.name,
            version=found.version,
            ecosystem=release.osv_ecosystem if release else "arch",
            arch=found.arch,
            source_name=found.base if found.base != found.name else "",
            licenses=found.licences,
        ),
    )


def owned(path: str, data: bytes) -> Iterator[tuple[str, str]]:
    """The files of the package that a `files` file is of, which its folder names: NAME-VERSION-RELEASE."""
    if path.endswith("/files"):
        name = path.split("/")[-2].rsplit("-", 2)[0]
        yield from ((name, file) for file in alpm.files(data))
