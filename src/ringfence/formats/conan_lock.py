"""conan.lock of Conan 1 and 2, and vcpkg.json.

Sources: docs.conan.io "Lockfiles"; learn.microsoft.com/vcpkg "vcpkg.json reference" (dependencies, overrides,
builtin-baseline).
"""

import re

import msgspec

from ringfence.formats import typed_json
from ringfence.formats.declared import Declared, Project, limited, line_of
from ringfence.formats.locked import Locked, LockedPackage, Need, locked

_REFERENCE = re.compile(r"([A-Za-z0-9_][\w.+-]*)/([^@#%\s]+)(?:@[^#%\s]*)?(?:#([0-9a-f]+))?")


class _Node(msgspec.Struct):
    ref: str | None = ""
    requires: list[str] = []
    build_requires: list[str] = []


class _Graph(msgspec.Struct):
    nodes: dict[str, _Node] = {}


class _Lock(msgspec.Struct):
    requires: list[str | list[object]] = []
    build_requires: list[str | list[object]] = []
    python_requires: list[str | list[object]] = []
    graph_lock: _Graph | None = None


class _Port(msgspec.Struct, rename={"minimum": "version>="}):
    name: str = ""
    version: str = ""
    minimum: str = ""
    host: bool = False


class _Vcpkg(msgspec.Struct, rename={"baseline": "builtin-baseline"}):
    name: str = ""
    dependencies: list[str | _Port] = []
    overrides: list[_Port] = []
    baseline: str = ""


def parse_lock(data: bytes) -> Locked:
    """The packages in file order. Raises `Malformed`, `LimitExceeded`."""
    lock = typed_json.decode(data, _Lock, "conan.lock")
    text = data.decode("utf-8", "replace") if len(data) < 2_000_000 else ""
    if lock.graph_lock is not None:
        nodes = lock.graph_lock.nodes
        found = (
            _locked(node.ref or "", text, key=key, needs=tuple(Need(key=need) for need in node.requires), dev=False)
            for key, node in nodes.items()
        )
        return locked(item for item in found if item)
    lists = ((lock.requires, False), (lock.build_requires, True), (lock.python_requires, True))
    made = (
        _locked(text_, text, key="", needs=(), dev=dev)
        for references, dev in lists
        for item in references
        if isinstance(text_ := item[0] if isinstance(item, list) and item else item, str)
    )
    return locked(item for item in made if item)


def _locked(reference: str, text: str, *, key: str, needs: tuple[Need, ...], dev: bool) -> LockedPackage | None:
    seen = _REFERENCE.match(reference)
    if seen is None:
        return None
    return LockedPackage(
        name=seen[1],
        version=seen[2],
        line=line_of(text, reference),
        hashed=bool(seen[3]),
        dev=dev,
        key=key or seen[1],
        needs=needs,
    )


def parse_vcpkg(data: bytes) -> tuple[Project, tuple[tuple[str, str], ...]]:
    """What a vcpkg.json declares, and the versions it overrides. Raises `Malformed`, `LimitExceeded`."""
    document = typed_json.decode(limited(data, "vcpkg.json"), _Vcpkg, "vcpkg.json")
    text = data.decode("utf-8", "replace")
    asks = tuple(
        Declared(
            name=item if isinstance(item, str) else item.name,
            specifier="" if isinstance(item, str) or not item.minimum else f">={item.minimum}",
            dev=not isinstance(item, str) and item.host,
            line=line_of(text, f'"{item if isinstance(item, str) else item.name}"'),
        )
        for item in document.dependencies
    )
    overrides = tuple((item.name, item.version) for item in document.overrides if item.name and item.version)
    return Project(name=document.name, asks=asks), overrides
