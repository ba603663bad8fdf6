"""poetry.lock, lock versions 1.0 to 2.1. Source: python-poetry.org "Managing dependencies"; the files Poetry writes."""

import msgspec

from ringfence.formats.locked import Locked, LockedPackage, Need, locked, table_lines, toml
from ringfence.formats.python_dist import normal_name
from ringfence.formats.url import without_secret


class _File(msgspec.Struct):
    hash: str = ""


class _Source(msgspec.Struct):
    type: str = ""
    url: str = ""
    reference: str = ""
    resolved_reference: str = ""


class _Package(msgspec.Struct):
    name: str
    version: str
    category: str = ""
    groups: list[str] = []
    files: list[_File] | None = None
    source: _Source | None = None
    dependencies: dict[str, object] = {}


class _Metadata(msgspec.Struct):
    files: dict[str, list[_File]] | None = None


class _Lock(msgspec.Struct):
    package: list[_Package] = []
    metadata: _Metadata | None = None


_SOURCES = {"git": "git", "url": "archive", "file": "path", "directory": "path"}


def parse(data: bytes) -> Locked:
    """The packages in file order. Raises `Malformed`, `LimitExceeded`."""
    lock = toml(data, _Lock, "poetry.lock")
    packages = lock.document.package
    lines = table_lines(lock.text, "[[package]]")
    old_files = lock.document.metadata.files if lock.document.metadata else None
    return locked(
        _locked(item, old_files, lines[index] if len(lines) == len(packages) else None)
        for index, item in enumerate(packages)
    )


def _locked(item: _Package, old_files: dict[str, list[_File]] | None, line: int | None) -> LockedPackage:
    files = item.files if item.files is not None else (old_files or {}).get(item.name)
    source = item.source or _Source()
    return LockedPackage(
        name=item.name,
        version=item.version,
        line=line,
        source=_SOURCES.get(source.type, "registry"),
        url=without_secret(source.url),
        reference=source.resolved_reference or source.reference,
        hashed=None if files is None else bool(files) and all(file.hash for file in files),
        dev=item.category == "dev" or (bool(item.groups) and "main" not in item.groups),
        key=normal_name(item.name),
        needs=tuple(Need(key=normal_name(name), specifier=_range(asked)) for name, asked in item.dependencies.items()),
    )


def _range(asked: object) -> str:
    """`">=1"`, `{version = ">=1", optional = true}`, or a list of such for several platforms."""
    found = asked.get("version", "") if isinstance(asked, dict) else asked
    return found if isinstance(found, str) else ""
