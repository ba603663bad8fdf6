"""poetry.lock, lock versions 1.0 to 2.1. Source: python-poetry.org "Managing dependencies"; the files Poetry writes."""

import msgspec

from ringfence.errors import LimitExceeded
from ringfence.formats.locked import MAX_PACKAGES, LockedPackage, table_lines, toml
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


class _Metadata(msgspec.Struct):
    files: dict[str, list[_File]] | None = None


class _Lock(msgspec.Struct):
    package: list[_Package] = []
    metadata: _Metadata | None = None


_SOURCES = {"git": "git", "url": "archive", "file": "path", "directory": "path"}


def parse(data: bytes) -> tuple[LockedPackage, ...]:
    """The packages in file order. Raises `Malformed`, `LimitExceeded`."""
    lock = toml(data, _Lock, "poetry.lock")
    packages = lock.document.package
    if len(packages) > MAX_PACKAGES:
        raise LimitExceeded("packages of one lock file", MAX_PACKAGES)
    lines = table_lines(lock.text, "[[package]]")
    old_files = lock.document.metadata.files if lock.document.metadata else None
    return tuple(
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
    )
