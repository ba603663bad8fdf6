"""bun.lock, the text lock file of bun since 1.1.39: JSON with commas that may trail.

Source: bun.sh/docs/install/lockfile, and the files bun writes: a package is `[name@version, registry, {..}, integrity]`.
"""

import re
from collections.abc import Iterator, Mapping

import msgspec

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats.declared import line_of
from ringfence.formats.locked import MAX_BYTES, Locked, LockedPackage, Member, Need, locked
from ringfence.formats.npm_source import source

_FORM = "bun.lock"
_STRING_OR_COMMA = re.compile(r'"(?:[^"\\]|\\.)*"|,(?=\s*[}\]])')


class _Workspace(msgspec.Struct, rename={"development": "devDependencies", "optional": "optionalDependencies"}):
    name: str = ""
    dependencies: dict[str, str] = {}
    optional: dict[str, str] = {}
    development: dict[str, str] = {}


class _Lock(msgspec.Struct):
    workspaces: dict[str, _Workspace] = {}
    packages: dict[str, list[object]] = {}


def parse(data: bytes) -> Locked:
    """The packages in file order. Raises `Malformed`, `LimitExceeded`."""
    if len(data) > MAX_BYTES:
        raise LimitExceeded(f"bytes of a {_FORM}", MAX_BYTES)
    try:
        text = data.decode()
        strict = _STRING_OR_COMMA.sub(lambda seen: "" if seen[0] == "," else seen[0], text)
        lock = msgspec.json.decode(strict, type=_Lock)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as cause:
        raise Malformed(_FORM, str(cause)) from cause
    members = (
        Member(
            name=item.name,
            path=path,
            asks=_needs("", {**item.dependencies, **item.optional}, lock.packages),
            dev_asks=_needs("", item.development, lock.packages),
        )
        for path, item in lock.workspaces.items()
    )
    return locked(_packages(lock, text if len(text) < 2_000_000 else ""), members)


def _packages(lock: _Lock, text: str) -> Iterator[LockedPackage]:
    for key, parts in lock.packages.items():
        told = parts[0] if parts and isinstance(parts[0], str) else ""
        at = told.find("@", 1)
        name, version = (told[:at], told[at + 1 :]) if at > 0 else (key, "")
        info = next((part for part in parts if isinstance(part, dict)), {})
        integrity = parts[-1] if len(parts) > 1 and isinstance(parts[-1], str) else ""
        kind, url, reference = source(version) if ":" in version or "/" in version else ("registry", "", "")
        names = {**_texts(info.get("dependencies")), **_texts(info.get("optionalDependencies"))}
        yield LockedPackage(
            name=name,
            version="" if kind != "registry" else version,
            line=line_of(text, f'"{key}": ['),
            source=kind,
            url=url,
            reference=reference,
            hashed=integrity.startswith("sha") or kind == "git",
            key=key,
            needs=_needs(key, names, lock.packages),
        )


def _texts(value: object) -> dict[str, str]:
    return {name: text for name, text in value.items() if isinstance(text, str)} if isinstance(value, dict) else {}


def _needs(key: str, names: Mapping[str, str], packages: Mapping[str, list[object]]) -> tuple[Need, ...]:
    """Keys nest like node_modules: `a/b` is the b that only a gets."""
    return tuple(
        Need(key=f"{key}/{name}" if f"{key}/{name}" in packages else name, specifier=range_)
        for name, range_ in names.items()
    )
