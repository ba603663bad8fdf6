"""uv.lock, version 1. Source: docs.astral.sh/uv "Locking and syncing"; the files uv writes."""

import msgspec

from ringfence.formats.locked import Locked, LockedPackage, Member, Need, locked, table_lines, toml
from ringfence.formats.url import without_secret


class _File(msgspec.Struct):
    url: str = ""
    hash: str = ""


class _Source(msgspec.Struct):
    registry: str = ""
    git: str = ""
    url: str = ""
    path: str = ""
    directory: str = ""
    editable: str = ""
    virtual: str = ""


class _Named(msgspec.Struct):
    """A dependency; `version` is there only where the lock holds several versions of the package."""

    name: str = ""
    version: str = ""


class _Package(msgspec.Struct, rename={"development": "dev-dependencies", "optional": "optional-dependencies"}):
    name: str
    version: str = ""
    source: _Source = msgspec.field(default_factory=_Source)
    sdist: _File | None = None
    wheels: list[_File] = []
    dependencies: list[_Named] = []
    optional: dict[str, list[_Named]] = {}
    development: dict[str, list[_Named]] = {}


class _Lock(msgspec.Struct):
    version: int = 1
    package: list[_Package] = []


def parse(data: bytes) -> Locked:
    """The packages in file order; the project's own members have source `path`. Raises `Malformed`, `LimitExceeded`."""
    lock = toml(data, _Lock, "uv.lock")
    packages = lock.document.package
    lines = table_lines(lock.text, "[[package]]")
    shipped = _shipped(packages)
    versions: dict[str, set[str]] = {}
    for item in packages:
        versions.setdefault(item.name, set()).add(item.version)
    forked = {name for name, known in versions.items() if len(known) > 1}
    return locked(
        (
            _locked(item, lines[index] if len(lines) == len(packages) else None, item.name not in shipped, forked)
            for index, item in enumerate(packages)
        ),
        (
            Member(
                name=item.name,
                path=_place(item.source),
                asks=_needs([*item.dependencies, *(name for group in item.optional.values() for name in group)]),
                dev_asks=_needs([name for group in item.development.values() for name in group]),
            )
            for item in packages
            if _place(item.source)
        ),
    )


def _place(source: _Source) -> str:
    return source.editable or source.virtual or source.directory


def _needs(names: list[_Named]) -> tuple[Need, ...]:
    return tuple(Need(key=f"{item.name}@{item.version}" if item.version else item.name) for item in names)


def _shipped(packages: list[_Package]) -> set[str]:
    """The names that a project's own members reach without their development groups; all, if there are no members."""
    needs: dict[str, set[str]] = {}
    for item in packages:
        wanted = [*item.dependencies, *(name for group in item.optional.values() for name in group)]
        needs.setdefault(item.name, set()).update(name.name for name in wanted)
    members = [item.name for item in packages if _place(item.source)]
    if not members:
        return set(needs)
    seen: set[str] = set()
    pending = members
    while pending:
        name = pending.pop()
        if name not in seen:
            seen.add(name)
            pending.extend(needs.get(name, ()))
    return seen


def _locked(item: _Package, line: int | None, dev: bool, forked: set[str]) -> LockedPackage:
    files = [*item.wheels, *([item.sdist] if item.sdist else [])]
    kind, url, reference = _source(item.source)
    return LockedPackage(
        name=item.name,
        version=item.version,
        line=line,
        source=kind,
        url=without_secret(url),
        reference=reference,
        hashed=all(file.hash for file in files) if files else None,
        dev=dev,
        key=f"{item.name}@{item.version}" if item.name in forked else item.name,
        needs=_needs([*item.dependencies, *(name for group in item.optional.values() for name in group)]),
    )


def _source(source: _Source) -> tuple[str, str, str]:
    if source.git:
        url, _, commit = source.git.partition("#")
        return "git", url, commit
    if source.url:
        return "archive", source.url, ""
    local = source.path or source.directory or source.editable or source.virtual
    return ("path", local, "") if local else ("registry", source.registry, "")
