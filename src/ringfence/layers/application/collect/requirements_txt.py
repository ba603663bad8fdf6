"""Python packages of pip's requirements files.

Only what is pinned with `==` is a package; the rest are dependencies whose version nobody has decided yet.
"""

import re

from ringfence.formats import requirements_txt
from ringfence.formats.locked import Member, Need
from ringfence.formats.requirements_txt import RequirementLine
from ringfence.formats.url import is_commit
from ringfence.layers.application.collect.locked_facts import package_of
from ringfence.layers.application.facts import NOT_TOLD, Dependency, Manifest, PackageIndex
from ringfence.model.declare import Ecosystem
from ringfence.model.knowledge import Known, Maybe, Unknown
from ringfence.model.location import Location
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package

ECOSYSTEM = Ecosystem(
    slug="requirements-txt",
    files=(
        "requirements.txt",
        "requirements[-_.]*.txt",
        "*[-_.]requirements.txt",
        "requirements*.lock",
        "requirements/*.txt",
        "*/requirements/*.txt",
    ),
)

_VARIABLE = Unknown("the line has an environment variable in it")
_FOR_DEVELOPMENT = frozenset({"dev", "develop", "development", "test", "tests", "testing", "lint", "doc", "docs"})


def manifest(path: str, data: bytes) -> Manifest:
    """The requirements file at `path`. Raises `LimitExceeded`."""
    found = requirements_txt.parse(data)
    base = path.rpartition("/")[2].removesuffix(".txt").removesuffix(".lock")
    dev = not _FOR_DEVELOPMENT.isdisjoint(re.split(r"[-_.]", base.lower()))
    asked = {item.name: item.by for item in found.via}
    names = {item.name for item in found.requirements}
    needs: dict[str, list[Need]] = {}
    for name, by in asked.items():
        for parent in by:
            needs.setdefault(parent, []).append(Need(key=name))
    dependencies = tuple(
        _dependency(item, path, needs.get(item.name, []), _direct(asked.get(item.name, ()), names), dev=dev)
        for item in found.requirements
    )
    own = tuple(Need(key=name) for name, by in asked.items() if _is_own(by, names))
    packages = tuple(
        package_of("PyPI", item.name, item.version, Location(path=path, line=item.line), dev=dev)
        for item in found.requirements
        if item.version
    )
    return Manifest(
        path=path,
        ecosystem="PyPI",
        # The project itself, as a folder, needs no pin.
        lock=bool(packages) and all(item.pinned == Known(True) or item.source == "path" for item in dependencies),
        packages=packages,
        dependencies=dependencies,
        members=(Member(name=path, asks=own),) if own else (),
        indexes=tuple(
            PackageIndex(kind=item.kind, url=item.value, at=Location(path=path, line=item.line)) for item in found.indexes
        ),
        includes=tuple(item.path for item in found.includes if item.kind == "requirement"),
        constraints=tuple(item.path for item in found.includes if item.kind == "constraint"),
        unread=found.unread,
    )


def read(path: str, data: bytes, release: OsRelease | None) -> tuple[Package, ...]:  # noqa: ARG001 - every reader is told
    """The packages that the file pins. Raises as `manifest`."""
    return manifest(path, data).packages


def _is_own(by: tuple[str, ...], names: set[str]) -> bool:
    """Whether a `# via` names the project's own wishes: a file, or what is no requirement here, the project itself."""
    return any(item not in names for item in by)


def _direct(by: tuple[str, ...], names: set[str]) -> Maybe[bool]:
    return Known(_is_own(by, names)) if by else NOT_TOLD


def _dependency(item: RequirementLine, path: str, needs: list[Need], direct: Maybe[bool], *, dev: bool) -> Dependency:
    immutable = is_commit(item.reference) if item.source == "git" else item.hashed
    return Dependency(
        name=item.name,
        ecosystem="PyPI",
        specifier=item.specifier,
        pinned=_VARIABLE if item.variable else Known(bool(item.version) or (item.source != "registry" and immutable)),
        hashed=Known(item.hashed),
        source=item.source,
        url=item.url,
        reference=item.reference,
        immutable=_VARIABLE if item.variable else Known(immutable),
        marker=item.marker,
        dev=dev,
        key=item.name,
        needs=tuple(needs),
        direct=direct,
        at=Location(path=path, line=item.line),
    )
