"""Well-known programs that were put into an image without a package: node, python, nginx, redis, postgres, ..."""

from ringfence.formats import purl
from ringfence.knowledge import program_classifiers
from ringfence.model.declare import Ecosystem
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package

ECOSYSTEM = Ecosystem(slug="known-programs", files=(), executables=True)


def read(path: str, data: bytes, release: OsRelease | None) -> tuple[Package, ...]:  # noqa: ARG001 - all readers are asked alike
    """The program, if it is a known one and tells its version."""
    found = program_classifiers.of(path.rpartition("/")[2], data)
    if found is None:
        return ()
    return (
        Package(
            purl=purl.make("generic", found.name, found.version),
            name=found.name,
            version=found.version,
            ecosystem="generic",
        ),
    )
