"""pnpm-lock.yaml, lock versions 5 to 9.

Sources: github.com/pnpm/spec "lockfile"; the files pnpm 5 to 10 write. Keys of packages are `/a/1.0.0` (5), `/a@1.0.0` (6)
or `a@1.0.0` (9), with the peers it was resolved with behind it (`_react@18`, `(react@18)`); from 9 on, who needs whom
stands under `snapshots`.
"""

import re
from collections.abc import Iterator, Mapping

import msgspec

from ringfence.formats import typed_yaml
from ringfence.formats.locked import Locked, LockedPackage, Member, Need, locked
from ringfence.formats.npm_source import source

_FORM = "pnpm-lock.yaml"
_OLD = re.compile(r"/?((?:@[^/]+/)?[^/@]+)/([^/_(]+)(?:[_(].*)?")
_NEW = re.compile(r"/?((?:@[^/]+/)?[^@/]+)@([^(]+)(?:\(.*)?")


class _Asked(msgspec.Struct):
    specifier: str = ""
    version: str = ""


class _Resolution(msgspec.Struct):
    integrity: str = ""
    tarball: str = ""
    repo: str = ""
    commit: str = ""
    directory: str = ""


class _Package(msgspec.Struct, rename={"builds": "requiresBuild", "optional_needs": "optionalDependencies"}):
    resolution: _Resolution | None = None
    name: str = ""
    version: str = ""
    dev: bool = False
    builds: bool | None = None
    deprecated: str = ""
    dependencies: dict[str, str] = {}
    optional_needs: dict[str, str] = {}


class _Importer(msgspec.Struct, rename={"development": "devDependencies", "optional": "optionalDependencies"}):
    specifiers: dict[str, str] = {}
    dependencies: dict[str, str | _Asked] = {}
    optional: dict[str, str | _Asked] = {}
    development: dict[str, str | _Asked] = {}


class _Lock(_Importer, rename={"development": "devDependencies", "optional": "optionalDependencies"}):
    importers: dict[str, _Importer] | None = None
    packages: dict[str, _Package] | None = None
    snapshots: dict[str, _Package] | None = None


def parse(data: bytes) -> Locked:
    """The packages in file order, each once whatever peers it was resolved with. Raises `Malformed`, `LimitExceeded`."""
    found = typed_yaml.decode(data, _Lock, _FORM)
    lock = found.document
    lines = found.lines("packages")
    needs = _needs(lock.snapshots or lock.packages or {})
    importers: Mapping[str, _Importer] = lock.importers if lock.importers is not None else {".": lock}
    return locked(_packages(lock, lines, needs), (_member(path, item) for path, item in importers.items()))


def _packages(lock: _Lock, lines: dict[str, int], needs: dict[str, list[Need]]) -> Iterator[LockedPackage]:
    seen: set[str] = set()
    for key, entry in (lock.packages or {}).items():
        name, version = _split(key, entry)
        id_ = f"{name}@{version}"
        if not name or id_ in seen:
            continue
        seen.add(id_)
        resolution = entry.resolution or _Resolution()
        if resolution.repo:
            kind, url, reference = "git", resolution.repo, resolution.commit
        elif resolution.directory:
            kind, url, reference = "path", resolution.directory, ""
        else:
            kind, url, reference = source(resolution.tarball)
        address = ":" in version or "/" in version
        yield LockedPackage(
            name=entry.name or name,
            version=entry.version or ("" if address else version),
            line=lines.get(key),
            source=kind,
            url=url,
            reference=reference,
            hashed=bool(resolution.integrity) or kind == "git",
            # Since version 9 the lock does not say who has build scripts.
            install_script=entry.builds if entry.builds is not None else (None if lock.snapshots is not None else False),
            dev=entry.dev,
            key=id_,
            needs=tuple(needs.get(id_, ())),
            withdrawn=f"deprecated: {entry.deprecated}"[:300] if entry.deprecated else "",
        )


def _split(key: str, entry: _Package) -> tuple[str, str]:
    if "://" in key or key.startswith(("github.com/", "file:", "codeload.")):
        return entry.name or key, entry.version
    form = _NEW if "@" in key.lstrip("/")[1:].partition("(")[0].partition("_")[0] else _OLD
    seen = form.fullmatch(key)
    return (seen[1], seen[2]) if seen else (entry.name, entry.version)


def _target(name: str, version: str) -> str:
    """The key of what was got: `1.0.0(peer@2)` of `a`, or for an alias the whole key of another name."""
    bare = version.partition("(")[0]
    if not bare[:1].isdigit():
        seen = (_NEW if "@" in bare.lstrip("/")[1:] else _OLD).fullmatch(bare)
        if seen:
            return f"{seen[1]}@{seen[2]}"
    return f"{name}@{bare.partition('_')[0]}"


def _needs(entries: Mapping[str, _Package]) -> dict[str, list[Need]]:
    found: dict[str, list[Need]] = {}
    for key, entry in entries.items():
        name, version = _split(key, entry)
        mine = found.setdefault(f"{name}@{version}", [])
        asked = (*entry.dependencies.items(), *entry.optional_needs.items())
        mine.extend(Need(key=_target(need, got)) for need, got in asked)
    return found


def _member(path: str, item: _Importer) -> Member:
    def asks(*tables: Mapping[str, str | _Asked]) -> tuple[Need, ...]:
        return tuple(_asked(name, asked, item.specifiers) for names in tables for name, asked in names.items())

    return Member(
        name="" if path == "." else path,
        path="" if path == "." else path,
        asks=asks(item.dependencies, item.optional),
        dev_asks=asks(item.development),
    )


def _asked(name: str, asked: str | _Asked, specifiers: Mapping[str, str]) -> Need:
    version = asked if isinstance(asked, str) else asked.version
    specifier = specifiers.get(name, "") if isinstance(asked, str) else asked.specifier
    return Need(key=_target(name, version), specifier=specifier)
