"""Pipfile and Pipfile.lock. Source: pipenv.pypa.io "Pipfile & Pipfile.lock"; github.com/pypa/pipfile."""

import msgspec

from ringfence.formats import typed_json
from ringfence.formats.declared import Declared, Project, Registry, limited, line_of
from ringfence.formats.locked import Locked, LockedPackage, locked, toml
from ringfence.formats.python_dist import normal_name
from ringfence.formats.url import without_secret


class _Entry(msgspec.Struct):
    version: str = ""
    hashes: list[str] | None = None
    git: str = ""
    ref: str = ""
    file: str = ""
    path: str = ""
    editable: bool = False
    index: str = ""


class _Lock(msgspec.Struct):
    default: dict[str, _Entry] = {}
    develop: dict[str, _Entry] = {}


class _Source(msgspec.Struct):
    url: str = ""
    verify_ssl: bool = True


class _Pipfile(msgspec.Struct, rename={"development": "dev-packages"}):
    source: list[_Source] = []
    packages: dict[str, str | dict[str, object]] = {}
    development: dict[str, str | dict[str, object]] = {}


def parse_lock(data: bytes) -> Locked:
    """A Pipfile.lock's packages; it does not say who needs whom. Raises `Malformed`, `LimitExceeded`."""
    lock = typed_json.decode(data, _Lock, "Pipfile.lock")
    text = data.decode("utf-8", "replace")
    sections = ((lock.default, False), (lock.develop, True))
    return locked(
        _locked(name, entry, dev, text)
        for entries, dev in sections
        for name, entry in entries.items()
        if not (dev and name in lock.default)
    )


def _locked(name: str, entry: _Entry, dev: bool, text: str) -> LockedPackage:
    source, url = "registry", ""
    if entry.git:
        source, url = "git", entry.git
    elif entry.path or entry.editable:
        source, url = "path", entry.path
    elif entry.file:
        source, url = "archive", entry.file
    return LockedPackage(
        name=normal_name(name),
        version=entry.version.removeprefix("==").lstrip("="),
        line=line_of(text, f'"{name}": {{') if len(text) < 2_000_000 else None,
        source=source,
        url=without_secret(url),
        reference=entry.ref,
        hashed=bool(entry.hashes),
        dev=dev,
        key=normal_name(name),
    )


def parse(data: bytes) -> Project:
    """What a Pipfile declares. Raises `Malformed`, `LimitExceeded`."""
    found = toml(limited(data, "Pipfile"), _Pipfile, "Pipfile")
    text = found.text
    tables = ((found.document.packages, False), (found.document.development, True))
    asks = tuple(_asked(name, asked, dev, text) for names, dev in tables for name, asked in names.items())
    registries: list[Registry] = []
    for item in found.document.source:
        kind = "index" if not registries else "extra-index"
        registries.append(Registry(kind=kind, url=without_secret(item.url), line=line_of(text, item.url)))
        if not item.verify_ssl:
            registries.append(
                Registry(kind="trusted-host", url=without_secret(item.url), line=line_of(text, "verify_ssl = false"))
            )
    return Project(asks=asks, registries=tuple(registries))


def _asked(name: str, asked: str | dict[str, object], dev: bool, text: str) -> Declared:
    table = asked if isinstance(asked, dict) else {"version": asked}

    def said(key: str) -> str:
        value = table.get(key, "")
        return value if isinstance(value, str) else ""

    source = "git" if said("git") else "path" if said("path") else "archive" if said("file") else "registry"
    return Declared(
        name=normal_name(name),
        specifier="" if said("version") == "*" else said("version"),
        group="dev" if dev else "",
        dev=dev,
        source=source,
        url=without_secret(said("git") or said("path") or said("file")),
        reference=said("ref"),
        line=line_of(text, f"{name} =", f"{name}=", f'"{name}"'),
    )
