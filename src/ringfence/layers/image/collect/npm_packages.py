"""Installed npm packages, from the `package.json` of each in a `node_modules`, and where Debian installs them."""

import re

from ringfence.formats import npm_package, purl
from ringfence.model.declare import Ecosystem
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package

ECOSYSTEM = Ecosystem(slug="npm-packages", files=("*node_modules/*/package.json", "usr/share/nodejs/*/package.json"))

_INSTALLED = re.compile(r"(?:(?:^|/)node_modules|^usr/share/nodejs)/(?:@[^/]+/)?[^/@][^/]*/package\.json$")


def read(path: str, data: bytes, release: OsRelease | None) -> tuple[Package, ...]:  # noqa: ARG001 - all readers are asked alike
    """The package, if the file is a package's own and names one (not of a folder inside it). Raises `Malformed`."""
    found = npm_package.parse(data) if _INSTALLED.search(path) else None
    if found is None:
        return ()
    return (
        Package(
            purl=purl.make("npm", found.name, found.version),
            name=found.name,
            version=found.version,
            ecosystem="npm",
            licenses=(found.licence,) if found.licence else (),
        ),
    )
