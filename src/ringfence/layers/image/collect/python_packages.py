"""Installed Python packages, from their own metadata."""

from ringfence.formats import purl, python_dist
from ringfence.model.declare import Ecosystem
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package

ECOSYSTEM = Ecosystem(slug="python-packages", files=("*.dist-info/METADATA", "*.egg-info/PKG-INFO", "*.egg-info"))


def read(path: str, data: bytes, release: OsRelease | None) -> tuple[Package, ...]:  # noqa: ARG001 - all readers are asked alike
    """The one package that a metadata file describes. Raises `Malformed`."""
    found = python_dist.parse(data)
    return (
        Package(
            purl=purl.make("pypi", found.name, found.version),
            name=found.name,
            version=found.version,
            ecosystem="PyPI",
            licenses=(found.licence,) if found.licence else (),
        ),
    )
