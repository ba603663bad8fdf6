"""pubspec.lock and pubspec.yaml of Dart and Flutter. Source: dart.dev "The pubspec file", "Pub glossary" (lockfile)."""

import msgspec

from ringfence.formats import typed_yaml
from ringfence.formats.declared import Declared, Project, limited
from ringfence.formats.locked import Locked, LockedPackage, locked
from ringfence.formats.url import without_secret

_PLACES = {"hosted": "registry", "git": "git", "path": "path", "sdk": "path"}


class _Place(msgspec.Struct, rename={"ref": "resolved-ref"}):
    url: str = ""
    sha256: str = ""
    ref: str = ""
    path: str = ""


class _Package(msgspec.Struct):
    dependency: str = ""
    description: str | _Place | None = None
    source: str = ""
    version: str = ""


class _Lock(msgspec.Struct):
    packages: dict[str, _Package] | None = None


class _Pubspec(msgspec.Struct, rename={"development": "dev_dependencies"}):
    name: str = ""
    dependencies: dict[str, str | dict[str, object] | None] | None = None
    development: dict[str, str | dict[str, object] | None] | None = None


def parse_lock(data: bytes) -> Locked:
    """The packages in file order; the lock says who is direct, not who needs whom. Raises `Malformed`, `LimitExceeded`."""
    found = typed_yaml.decode(data, _Lock, "pubspec.lock")
    lines = found.lines("packages")
    return locked(_locked(name, item, lines.get(name)) for name, item in (found.document.packages or {}).items())


def _locked(name: str, item: _Package, line: int | None) -> LockedPackage:
    place = item.description if isinstance(item.description, _Place) else _Place()
    kind = _PLACES.get(item.source, "registry")
    return LockedPackage(
        name=name,
        version=item.version,
        line=line,
        source=kind,
        url=without_secret(place.url),
        reference=place.ref,
        # pub keeps hashes since Dart 2.19.
        hashed=bool(place.sha256) if kind == "registry" else None,
        dev=item.dependency == "direct dev",
        key=name,
        direct=item.dependency.startswith("direct") if item.dependency else None,
    )


def parse(data: bytes) -> Project:
    """What a pubspec.yaml declares. Raises `Malformed`, `LimitExceeded`."""
    found = typed_yaml.decode(limited(data, "pubspec.yaml"), _Pubspec, "pubspec.yaml")
    document = found.document
    asks: list[Declared] = []
    for group, key, names in (
        ("", "dependencies", document.dependencies),
        ("dev", "dev_dependencies", document.development),
    ):
        lines = found.lines(key)
        for name, asked in (names or {}).items():
            table = asked if isinstance(asked, dict) else {}
            source = "git" if "git" in table else "path" if "path" in table or "sdk" in table else "registry"
            specifier = asked if isinstance(asked, str) else str(table.get("version") or "")
            asks.append(
                Declared(
                    name=name,
                    specifier="" if specifier == "any" else specifier,
                    group=group,
                    dev=bool(group),
                    source=source,
                    line=lines.get(name),
                )
            )
    return Project(name=document.name, asks=tuple(asks))
