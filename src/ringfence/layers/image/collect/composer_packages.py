"""PHP packages that Composer installed."""

from ringfence.formats import installed_json, purl
from ringfence.model.declare import Ecosystem
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package

ECOSYSTEM = Ecosystem(slug="composer-packages", files=("*composer/installed.json",))


def read(path: str, data: bytes, release: OsRelease | None) -> tuple[Package, ...]:  # noqa: ARG001 - all readers are asked alike
    """The installed packages. Raises `Malformed`, `LimitExceeded`."""
    return tuple(
        Package(
            purl=purl.make("composer", item.name, item.version.removeprefix("v")),
            name=item.name,
            version=item.version.removeprefix("v"),
            ecosystem="Packagist",
            licenses=item.license or (),
        )
        for item in installed_json.composer(data)
    )
