"""What a PHP project declares: composer.json."""

from ringfence.formats import composer
from ringfence.layers.application.collect.locked_facts import declaration_of
from ringfence.layers.application.facts import Declaration
from ringfence.model.declare import Ecosystem
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package

ECOSYSTEM = Ecosystem(slug="composer-json", files=("composer.json",))


def declaration(path: str, data: bytes) -> Declaration:
    """What the file at `path` declares. Raises `Malformed`, `LimitExceeded`."""
    return declaration_of(path, "Packagist", composer.parse(data))


def read(path: str, data: bytes, release: OsRelease | None) -> tuple[Package, ...]:  # noqa: ARG001 - every reader is told
    """None: what is declared is no package yet."""
    return ()
