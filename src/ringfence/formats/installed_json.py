"""JSON files that say what is installed: Composer's `installed.json`, .NET's `*.deps.json`.

Sources: getcomposer.org, "composer.lock/installed.json" as version 2 writes it (version 1: a bare list); .NET's
runtime-configuration documentation, "deps.json" (`libraries`: `NAME/VERSION` with a type).
"""

from collections.abc import Iterator

import msgspec

from ringfence.formats import typed_json
from ringfence.model.fact import Fact


class ComposerPackage(Fact):
    """A package of Composer; names have the form `vendor/name`."""

    name: str = ""
    version: str = ""
    license: tuple[str, ...] | None = None


class _Installed(msgspec.Struct):
    packages: tuple[ComposerPackage, ...] = ()


class _Library(msgspec.Struct):
    type: str = ""


class _Dependencies(msgspec.Struct):
    libraries: dict[str, _Library] = {}


def composer(data: bytes) -> tuple[ComposerPackage, ...]:
    """What Composer installed. Raises `Malformed`, `LimitExceeded`."""
    if data.lstrip()[:1] == b"[":
        packages = typed_json.decode(data, tuple[ComposerPackage, ...], "installed.json")
    else:
        packages = typed_json.decode(data, _Installed, "installed.json").packages
    return tuple(item for item in packages if item.name.count("/") == 1 and item.version)


def dotnet(data: bytes) -> Iterator[tuple[str, str]]:
    """Name and version of each NuGet package of a .NET program. Raises `Malformed`, `LimitExceeded`."""
    found = typed_json.decode(data.removeprefix(b"\xef\xbb\xbf"), _Dependencies, "deps.json")
    for key, library in found.libraries.items():
        name, slash, version = key.partition("/")
        if library.type == "package" and slash and name and version:
            yield name, version
