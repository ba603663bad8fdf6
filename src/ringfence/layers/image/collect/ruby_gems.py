"""Installed Ruby gems, from their specifications."""

from ringfence.formats import gemspec, purl
from ringfence.model.declare import Ecosystem
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package

ECOSYSTEM = Ecosystem(slug="ruby-gems", files=("*specifications/*.gemspec",))


def read(path: str, data: bytes, release: OsRelease | None) -> tuple[Package, ...]:  # noqa: ARG001 - all readers are asked alike
    """The one gem that a specification describes. Raises `Malformed`."""
    found = gemspec.parse(data)
    return (
        Package(
            purl=purl.make("gem", found.name, found.version),
            name=found.name,
            version=found.version,
            ecosystem="RubyGems",
            licenses=found.licences,
        ),
    )
