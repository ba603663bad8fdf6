"""Java runtimes and Go distributions that were unpacked into an image, from the file in which they say their version."""

from ringfence.formats import purl, release_file
from ringfence.model.declare import Ecosystem
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package

ECOSYSTEM = Ecosystem(slug="known-distributions", files=("*/release", "*/go/VERSION"))


def read(path: str, data: bytes, release: OsRelease | None) -> tuple[Package, ...]:  # noqa: ARG001 - all readers are asked alike
    """The distribution, if the file is of one."""
    if path.endswith("/VERSION"):
        version = release_file.go(data)
        return (_package("go", version),) if version else ()
    _, version = release_file.java(data)
    return (_package("java", version),) if version else ()


def _package(name: str, version: str) -> Package:
    return Package(purl=purl.make("generic", name, version), name=name, version=version, ecosystem="generic")
