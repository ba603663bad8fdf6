"""package-lock.json and npm-shrinkwrap.json, lockfileVersion 1 to 3. Source: docs.npmjs.com, "package-lock.json"."""

import re
from collections.abc import Iterator, Mapping

import msgspec

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats.locked import MAX_BYTES, Locked, LockedPackage, Member, Need, locked
from ringfence.formats.npm_source import source
from ringfence.formats.url import is_commit

_FORM = "package-lock.json"
_FOLDER = "node_modules/"
MAX_NESTING = 100
"""Folders of node_modules within each other; npm's own deepest were some 20, before it flattened them."""

_KEY = re.compile(r'\s*"((?:[^"\\]|\\.)*)"\s*:\s*\{')


_RENAMED = {
    "install_script": "hasInstallScript",
    "bundle": "inBundle",
    "development": "devDependencies",
    "optional": "optionalDependencies",
    "peers": "peerDependencies",
}


class _Entry(msgspec.Struct, rename=_RENAMED):
    """An entry of `packages` (2 and 3)."""

    name: str = ""
    version: str = ""
    resolved: str | bool | None = ""
    integrity: str = ""
    dev: bool = False
    link: bool = False
    bundle: bool = False
    install_script: bool = False
    deprecated: str | bool = ""
    dependencies: dict[str, str] = {}
    development: dict[str, str] = {}
    optional: dict[str, str] = {}
    peers: dict[str, str] = {}


class _OldEntry(msgspec.Struct):
    """An entry of `dependencies` (1)."""

    version: str = ""
    resolved: str | bool | None = ""
    integrity: str = ""
    dev: bool = False
    bundled: bool = False
    requires: dict[str, str] | bool = {}
    dependencies: dict[str, "_OldEntry"] | None = None


class _Lock(msgspec.Struct):
    packages: dict[str, _Entry] | None = None
    dependencies: dict[str, _OldEntry] | None = None


def parse(data: bytes) -> Locked:
    """The packages in file order, without the project itself and links to folders. Raises `Malformed`, `LimitExceeded`."""
    if len(data) > MAX_BYTES:
        raise LimitExceeded(f"bytes of a {_FORM}", MAX_BYTES)
    try:
        lock = msgspec.json.decode(data, type=_Lock)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as cause:
        raise Malformed(_FORM, str(cause)) from cause
    lines = _lines(data.decode("utf-8", "replace"))
    if lock.packages is None:
        return locked(_old(lock.dependencies or {}, lines))
    return locked(_new(lock.packages, lines), _members(lock.packages))


def _new(packages: Mapping[str, _Entry], lines: Mapping[str, int]) -> Iterator[LockedPackage]:
    for key, entry in packages.items():
        if _FOLDER not in key or entry.link or not entry.version:
            continue  # the project itself, a workspace member, or a link to one
        name = entry.name or key.rpartition(_FOLDER)[2]
        hashed = None if entry.bundle else bool(entry.integrity)
        yield msgspec.structs.replace(
            _locked(name, entry, lines.get(key), hashed),
            key=key,
            needs=_needs(packages, key, entry.dependencies, entry.optional, entry.peers),
            install_script=entry.install_script,
            withdrawn=_deprecated(entry),
        )


def _deprecated(entry: _Entry) -> str:
    said = entry.deprecated
    return "" if not said else f"deprecated: {said}"[:300] if isinstance(said, str) else "deprecated"


def _members(packages: Mapping[str, _Entry]) -> Iterator[Member]:
    for key, entry in packages.items():
        if _FOLDER not in key:
            asks = _needs(packages, key, entry.dependencies, entry.optional, entry.peers)
            yield Member(name=entry.name, path=key, asks=asks, dev_asks=_needs(packages, key, entry.development))


def _needs(packages: Mapping[str, _Entry], key: str, *asked: Mapping[str, str]) -> tuple[Need, ...]:
    """What Node would find for each name from the folder `key`: the nearest node_modules on the way up."""
    found = ((_nearest(packages, key, name), range_) for names in asked for name, range_ in names.items())
    return tuple(Need(key=there, specifier=range_) for there, range_ in found if there)


def _nearest(packages: Mapping[str, _Entry], key: str, name: str) -> str:
    here = key
    for _ in range(MAX_NESTING):
        there = f"{here}/{_FOLDER}{name}" if here else f"{_FOLDER}{name}"
        entry = packages.get(there)
        if entry:
            return entry.resolved if entry.link and isinstance(entry.resolved, str) else there
        if not here:
            return ""
        # One node_modules up; from a workspace member's folder, the root.
        here = here.rpartition(_FOLDER)[0].rstrip("/") if _FOLDER in here else ""
    return ""


def _old(dependencies: Mapping[str, _OldEntry], lines: Mapping[str, int]) -> Iterator[LockedPackage]:
    pending: list[tuple[str, Mapping[str, _OldEntry], tuple[Mapping[str, _OldEntry], ...]]] = [("", dependencies, ())]
    while pending:
        folder, here, above = pending.pop()
        if len(above) > MAX_NESTING:
            raise LimitExceeded(f"packages within packages of a {_FORM}", MAX_NESTING)
        for name, entry in here.items():
            key = f"{folder}{_FOLDER}{name}"
            scopes = (*above, here, entry.dependencies or {})
            if entry.version:
                hashed = None if entry.bundled else bool(entry.integrity)
                found = _locked(name, entry, lines.get(name), hashed)
                yield msgspec.structs.replace(found, key=key, needs=_old_needs(key, entry, scopes))
            if entry.dependencies:
                pending.append((f"{key}/", entry.dependencies, (*above, here)))


def _old_needs(key: str, entry: _OldEntry, scopes: tuple[Mapping[str, _OldEntry], ...]) -> tuple[Need, ...]:
    """Version 1 nests: a name is found in the innermost scope that has it, from the package's own outwards."""
    folders = key.split(_FOLDER)[1:]
    found: list[Need] = []
    for name, range_ in entry.requires.items() if isinstance(entry.requires, dict) else ():
        for depth in range(len(scopes) - 1, -1, -1):
            if name in scopes[depth]:
                parts = [*(part.rstrip("/") for part in folders[:depth]), name]
                found.append(Need(key="/".join(f"{_FOLDER}{part}" for part in parts), specifier=range_))
                break
    return tuple(found)


def _locked(name: str, entry: _Entry | _OldEntry, line: int | None, hashed: bool | None) -> LockedPackage:
    resolved = entry.resolved if isinstance(entry.resolved, str) else ""
    # In version 1 an address stands where the version would.
    url = resolved or (entry.version if ":" in entry.version else "")
    kind, address, reference = source(url)
    return LockedPackage(
        name=name,
        version="" if ":" in entry.version else entry.version,
        line=line,
        source=kind,
        url=address,
        reference=reference,
        hashed=True if kind == "git" and is_commit(reference) else hashed,
        dev=entry.dev,
    )


def _lines(text: str) -> dict[str, int]:
    """The line of the first object under each key; good enough to point a person at the entry."""
    found: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        seen = _KEY.match(line)
        if seen:
            found.setdefault(seen[1], number)
    return found
