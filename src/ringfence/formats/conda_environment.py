"""environment.yml of conda, and conda-lock.yml.

Sources: docs.conda.io "Creating an environment file manually" and "Package match specifications"; conda.github.io/conda-lock
(lock format version 1).
"""

import re

import msgspec

from ringfence.formats import pep508, typed_yaml
from ringfence.formats.declared import line_of
from ringfence.formats.locked import Locked, LockedPackage, Need, locked
from ringfence.formats.python_dist import normal_name
from ringfence.formats.url import without_secret
from ringfence.model.fact import Fact

_SPEC = re.compile(r"(?:[\w./-]+::)?([A-Za-z0-9_.-]+)\s*(.*)", re.ASCII)
_EXACT = re.compile(r"={1,2}\s*([0-9A-Za-z_.!+-]+)(?:=[\w.*]+)?", re.ASCII)


class CondaSpec(Fact):
    """A line of an environment: `version` is set where it is exact. `pip` says whose package it is."""

    name: str
    specifier: str
    version: str = ""
    pip: bool = False
    line: int | None = None


class _Pip(msgspec.Struct):
    pip: list[str] | None = None


class _Environment(msgspec.Struct):
    dependencies: list[str | _Pip] | None = None


class _Hash(msgspec.Struct):
    sha256: str = ""
    md5: str = ""


class _Package(msgspec.Struct):
    name: str
    version: str = ""
    manager: str = "conda"
    dependencies: dict[str, str | None] = {}
    url: str = ""
    hash: _Hash | None = None
    category: str = "main"


class _Lock(msgspec.Struct):
    package: list[_Package] = []


def parse(data: bytes) -> tuple[CondaSpec, ...]:
    """What an environment asks for. Raises `Malformed`, `LimitExceeded`."""
    document = typed_yaml.decode(data, _Environment, "environment.yml").document
    text = data.decode("utf-8", "replace")
    found: list[CondaSpec] = []
    for item in document.dependencies or ():
        if isinstance(item, str):
            spec = _spec(item, text)
            if spec:
                found.append(spec)
            continue
        for name in item.pip or ():
            asked = pep508.declared(name, line_of(text, name))
            if asked:
                version = pep508.pinned(asked.specifier)
                found.append(
                    CondaSpec(name=asked.name, specifier=asked.specifier, version=version, pip=True, line=asked.line)
                )
    return tuple(found)


def _spec(item: str, text: str) -> CondaSpec | None:
    seen = _SPEC.fullmatch(item.strip())
    if seen is None:
        return None
    exact = _EXACT.fullmatch(seen[2].strip())
    return CondaSpec(
        name=seen[1].lower(),
        specifier=seen[2].strip(),
        # `=1.2` leaves room for 1.2.3 and is no version yet, unless its build stands behind it.
        version=exact[1] if exact and (seen[2].startswith("==") or seen[2].count("=") > 1) else "",
        line=line_of(text, item),
    )


def parse_lock(data: bytes) -> tuple[Locked, Locked]:
    """Conda's own packages, and pip's, each once for all platforms. Raises `Malformed`, `LimitExceeded`."""
    document = typed_yaml.decode(data, _Lock, "conda-lock.yml").document
    packages = {(item.manager, item.name, item.version): item for item in document.package}
    return (
        locked(_locked(item) for item in packages.values() if item.manager != "pip"),
        locked(_locked(item) for item in packages.values() if item.manager == "pip"),
    )


def _locked(item: _Package) -> LockedPackage:
    name = normal_name(item.name) if item.manager == "pip" else item.name
    return LockedPackage(
        name=name,
        version=item.version,
        url=without_secret(item.url),
        hashed=bool(item.hash and (item.hash.sha256 or item.hash.md5)),
        dev=item.category in ("dev", "development"),
        key=name,
        needs=tuple(Need(key=name, specifier=range_ or "") for name, range_ in item.dependencies.items()),
    )
