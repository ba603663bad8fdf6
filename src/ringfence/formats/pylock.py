"""pylock.toml, the lock file of Python's standards. Source: PEP 751, packaging.python.org "pylock.toml Specification"."""

import msgspec

from ringfence.formats.locked import Locked, LockedPackage, Need, locked, table_lines, toml
from ringfence.formats.python_dist import normal_name
from ringfence.formats.url import without_secret


class _File(msgspec.Struct):
    hashes: dict[str, str] = {}


class _Vcs(msgspec.Struct, rename={"commit": "commit-id", "requested": "requested-revision"}):
    url: str = ""
    path: str = ""
    commit: str = ""
    requested: str = ""


class _Directory(msgspec.Struct):
    path: str = ""


class _Archive(msgspec.Struct):
    url: str = ""
    path: str = ""
    hashes: dict[str, str] = {}


class _Need(msgspec.Struct):
    name: str = ""
    version: str = ""


class _Package(msgspec.Struct):
    name: str
    version: str = ""
    marker: str = ""
    index: str = ""
    dependencies: list[_Need] = []
    vcs: _Vcs | None = None
    directory: _Directory | None = None
    archive: _Archive | None = None
    sdist: _File | None = None
    wheels: list[_File] = []


class _Lock(msgspec.Struct):
    packages: list[_Package] = []


def parse(data: bytes) -> Locked:
    """The packages in file order. Raises `Malformed`, `LimitExceeded`."""
    lock = toml(data, _Lock, "pylock.toml")
    packages = lock.document.packages
    lines = table_lines(lock.text, "[[packages]]")
    return locked(
        _locked(item, lines[index] if len(lines) == len(packages) else None) for index, item in enumerate(packages)
    )


def _locked(item: _Package, line: int | None) -> LockedPackage:
    files = [*item.wheels, *([item.sdist] if item.sdist else [])]
    source, url, reference = "registry", item.index, ""
    hashed = bool(files) and all(file.hashes for file in files)
    if item.vcs:
        source, url, reference = "git", item.vcs.url, item.vcs.commit or item.vcs.requested
    elif item.directory:
        source, url = "path", item.directory.path
    elif item.archive:
        source, url, hashed = "archive", item.archive.url or item.archive.path, bool(item.archive.hashes)
    return LockedPackage(
        name=normal_name(item.name),
        version=item.version,
        line=line,
        source=source,
        url=without_secret(url),
        reference=reference,
        hashed=hashed,
        # The groups live in the marker: what only asks for development groups is for development.
        dev="dependency_groups" in item.marker and "extras" not in item.marker,
        key=normal_name(item.name),
        needs=tuple(Need(key=normal_name(need.name)) for need in item.dependencies),
    )
