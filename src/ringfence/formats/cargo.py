"""Cargo.lock, versions 1 to 4, and Cargo.toml. Source: doc.rust-lang.org/cargo, "Cargo.toml vs Cargo.lock"."""

import msgspec

from ringfence.formats.declared import Declared, Project, limited, line_of
from ringfence.formats.locked import Locked, LockedPackage, Member, Need, locked, table_lines, toml
from ringfence.formats.url import without_secret


class _Package(msgspec.Struct):
    name: str
    version: str = ""
    source: str = ""
    checksum: str = ""
    dependencies: list[str] = []


class _Lock(msgspec.Struct):
    package: list[_Package] = []
    metadata: dict[str, str] = {}


class _Named(msgspec.Struct):
    name: str = ""


class _Target(msgspec.Struct, rename={"development": "dev-dependencies", "build": "build-dependencies"}):
    dependencies: dict[str, str | dict[str, object]] = {}
    development: dict[str, str | dict[str, object]] = {}
    build: dict[str, str | dict[str, object]] = {}


class _Manifest(_Target, rename={"development": "dev-dependencies", "build": "build-dependencies"}):
    package: _Named | None = None
    workspace: _Target | None = None
    target: dict[str, _Target] = {}


def parse_lock(data: bytes) -> Locked:
    """The packages in file order; those without a source are the workspace's own. Raises `Malformed`, `LimitExceeded`."""
    lock = toml(data, _Lock, "Cargo.lock")
    packages = lock.document.package
    lines = table_lines(lock.text, "[[package]]")
    count: dict[str, int] = {}
    for item in packages:
        count[item.name] = count.get(item.name, 0) + 1
    return locked(
        (
            _locked(item, lock.document, lines[index] if len(lines) == len(packages) else None, count)
            for index, item in enumerate(packages)
        ),
        (Member(name=item.name, asks=_needs(item, count)) for item in packages if not item.source),
    )


def _key(name: str, version: str, count: dict[str, int]) -> str:
    return f"{name}@{version}" if count.get(name, 0) > 1 else name


def _needs(item: _Package, count: dict[str, int]) -> tuple[Need, ...]:
    """`name`, `name version` where there are several, `name version (source)` in old files."""
    words = [text.split(" ") for text in item.dependencies]
    return tuple(Need(key=_key(word[0], word[1] if len(word) > 1 else "", count)) for word in words)


def _locked(item: _Package, lock: _Lock, line: int | None, count: dict[str, int]) -> LockedPackage:
    kind, url, reference = "path", "", ""
    if item.source.startswith("git+"):
        address, _, reference = item.source.partition("#")
        kind, url = "git", address.removeprefix("git+")
    elif item.source:
        kind, url = "registry", item.source.partition("+")[2]
    # Version 1 keeps checksums in a table of their own.
    checksum = item.checksum or lock.metadata.get(f"checksum {item.name} {item.version} ({item.source})", "")
    return LockedPackage(
        name=item.name,
        version=item.version,
        line=line,
        source=kind,
        url=without_secret(url),
        reference=reference,
        hashed=bool(checksum) if kind == "registry" else None,
        key=_key(item.name, item.version, count),
        needs=_needs(item, count),
    )


def parse(data: bytes) -> Project:
    """What a Cargo.toml declares. Raises `Malformed`, `LimitExceeded`."""
    found = toml(limited(data, "Cargo.toml"), _Manifest, "Cargo.toml")
    document, text = found.document, found.text
    tables = [document, *document.target.values(), *([document.workspace] if document.workspace else [])]
    asks: list[Declared] = []
    for table in tables:
        for group, names in (("", table.dependencies), ("dev", table.development), ("build", table.build)):
            asks.extend(_asked(name, asked, group, text) for name, asked in names.items())
    return Project(name=document.package.name if document.package else "", asks=tuple(asks))


def _asked(name: str, asked: str | dict[str, object], group: str, text: str) -> Declared:
    table = asked if isinstance(asked, dict) else {"version": asked}

    def said(*keys: str) -> str:
        return next((value for key in keys if isinstance(value := table.get(key), str)), "")

    source = "git" if said("git") else "path" if said("path") or table.get("workspace") else "registry"
    return Declared(
        name=said("package") or name,
        specifier=said("version"),
        group=group,
        dev=group == "dev",
        source=source,
        url=without_secret(said("git", "path")),
        reference=said("rev", "tag", "branch"),
        line=line_of(text, f"{name} =", f"{name}=", f".{name}]"),
    )
