"""package-lock.json and npm-shrinkwrap.json, lockfileVersion 1 to 3. Source: docs.npmjs.com, "package-lock.json"."""

import re
from collections.abc import Iterator, Mapping

import msgspec

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats.locked import MAX_BYTES, MAX_PACKAGES, LockedPackage
from ringfence.formats.url import is_commit, without_secret

_FORM = "package-lock.json"
_FOLDER = "node_modules/"
_KEY = re.compile(r'\s*"((?:[^"\\]|\\.)*)"\s*:\s*\{')


class _Entry(msgspec.Struct, rename={"install_script": "hasInstallScript", "bundle": "inBundle"}):
    """An entry of `packages` (2 and 3)."""

    name: str = ""
    version: str = ""
    resolved: str | bool | None = ""
    integrity: str = ""
    dev: bool = False
    link: bool = False
    bundle: bool = False
    install_script: bool = False


class _OldEntry(msgspec.Struct):
    """An entry of `dependencies` (1)."""

    version: str = ""
    resolved: str | bool | None = ""
    integrity: str = ""
    dev: bool = False
    bundled: bool = False
    dependencies: dict[str, "_OldEntry"] | None = None


class _Lock(msgspec.Struct):
    packages: dict[str, _Entry] | None = None
    dependencies: dict[str, _OldEntry] | None = None


def parse(data: bytes) -> tuple[LockedPackage, ...]:
    """The packages in file order, without the project itself and links to folders. Raises `Malformed`, `LimitExceeded`."""
    if len(data) > MAX_BYTES:
        raise LimitExceeded(f"bytes of a {_FORM}", MAX_BYTES)
    try:
        lock = msgspec.json.decode(data, type=_Lock)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as cause:
        raise Malformed(_FORM, str(cause)) from cause
    lines = _lines(data.decode("utf-8", "replace"))
    entries = _new(lock.packages, lines) if lock.packages is not None else _old(lock.dependencies or {}, lines)
    found: list[LockedPackage] = []
    for item in entries:
        if len(found) >= MAX_PACKAGES:
            raise LimitExceeded("packages of one lock file", MAX_PACKAGES)
        found.append(item)
    return tuple(found)


def _new(packages: Mapping[str, _Entry], lines: Mapping[str, int]) -> Iterator[LockedPackage]:
    for key, entry in packages.items():
        if _FOLDER not in key or entry.link or not entry.version:
            continue  # the project itself, a workspace member, or a link to one
        name = entry.name or key.rpartition(_FOLDER)[2]
        yield _locked(name, entry, lines.get(key), None if entry.bundle else bool(entry.integrity), entry.install_script)


def _old(dependencies: Mapping[str, _OldEntry], lines: Mapping[str, int]) -> Iterator[LockedPackage]:
    pending = [dependencies]
    while pending:
        here = pending.pop()
        for name, entry in here.items():
            if entry.version:
                hashed = None if entry.bundled else bool(entry.integrity)
                yield _locked(name, entry, lines.get(name), hashed, None)
            if entry.dependencies:
                pending.append(entry.dependencies)


def _locked(
    name: str, entry: _Entry | _OldEntry, line: int | None, hashed: bool | None, install_script: bool | None
) -> LockedPackage:
    resolved = entry.resolved if isinstance(entry.resolved, str) else ""
    # In version 1 an address stands where the version would.
    url = resolved or (entry.version if ":" in entry.version else "")
    kind, address, reference = _source(url)
    return LockedPackage(
        name=name,
        version="" if ":" in entry.version else entry.version,
        line=line,
        source=kind,
        url=without_secret(address),
        reference=reference,
        hashed=True if kind == "git" and is_commit(reference) else hashed,
        install_script=install_script,
        dev=entry.dev,
    )


def _source(url: str) -> tuple[str, str, str]:
    if url.startswith(("git+", "git:", "git@", "github:")):
        address, _, reference = url.partition("#")
        return "git", address, reference
    if url.startswith("file:"):
        return "path", url, ""
    # A registry's tarballs live under `/-/`; any other address was written into package.json.
    archive = url.startswith(("http:", "https:")) and "/-/" not in url
    return ("archive" if archive else "registry"), url, ""


def _lines(text: str) -> dict[str, int]:
    """The line of the first object under each key; good enough to point a person at the entry."""
    found: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        seen = _KEY.match(line)
        if seen:
            found.setdefault(seen[1], number)
    return found
