"""Where pip looks for packages: pip.conf. Source: pip.pypa.io "Configuration"."""

import configparser

from ringfence.errors import Malformed
from ringfence.formats.declared import limited, line_of
from ringfence.formats.url import without_secret
from ringfence.layers.application.facts import Manifest, PackageIndex
from ringfence.model.declare import Ecosystem
from ringfence.model.location import Location
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package

ECOSYSTEM = Ecosystem(slug="pip-conf", files=("pip.conf", "pip.ini"))

_KINDS = {
    "index-url": "index",
    "extra-index-url": "extra-index",
    "trusted-host": "trusted-host",
    "find-links": "find-links",
}


def manifest(path: str, data: bytes) -> Manifest:
    """The indexes that the file at `path` names. Raises `Malformed`, `LimitExceeded`."""
    text = limited(data, "pip.conf").decode("utf-8", "replace")
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text)
    except (configparser.Error, ValueError, AttributeError) as cause:  # AttributeError: a value that goes on before any key
        raise Malformed("pip.conf", " ".join(str(cause).split())) from cause
    indexes = tuple(
        PackageIndex(kind=kind, url=without_secret(url), at=Location(path=path, line=line_of(text, url)))
        for section in parser.sections()
        for key, kind in _KINDS.items()
        for url in (parser.get(section, key, fallback="") or "").split()
    )
    return Manifest(path=path, ecosystem="PyPI", lock=False, indexes=indexes)


def read(path: str, data: bytes, release: OsRelease | None) -> tuple[Package, ...]:  # noqa: ARG001 - every reader is told
    """None."""
    return ()
