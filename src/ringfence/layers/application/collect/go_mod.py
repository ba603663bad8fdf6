"""Go modules: go.mod.

Since Go 1.17 it names every module of the build, the indirect ones too. The standard library counts as the package `stdlib`,
as Go's own database has it, at the version of the toolchain line or else of the go line: the least it may be built with.
"""

import re

from ringfence.formats import go_mod
from ringfence.formats.declared import Declared
from ringfence.formats.go_mod import GoMod, GoReplace
from ringfence.layers.application.collect.locked_facts import package_of
from ringfence.layers.application.facts import Declaration, Dependency, Manifest, Replacement
from ringfence.model.declare import Ecosystem
from ringfence.model.knowledge import Known
from ringfence.model.location import Location
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package

ECOSYSTEM = Ecosystem(slug="go-mod", files=("go.mod",))

_GO_VERSION = re.compile(r"(?:go)?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?(rc\d{1,4}|beta\d{1,4})?")


def manifest(path: str, data: bytes) -> Manifest:
    """The module file at `path`. Raises `Malformed`, `LimitExceeded`."""
    found = go_mod.parse(data)
    excluded = set(found.excludes)
    packages: list[Package] = []
    dependencies: list[Dependency] = []
    for item in found.requires:
        at = Location(path=path, line=item.line)
        replacement = _replacement(found, item.path, item.version)
        name, version = item.path, item.version
        if replacement:
            name, version = replacement.new, replacement.new_version
        dependencies.append(
            Dependency(
                name=item.path,
                ecosystem="Go",
                specifier=item.version,
                pinned=Known(True),
                source="registry" if version else "path",
                url="" if version else name,
                direct=Known(not item.indirect),
                at=at,
            )
        )
        if version and (item.path, item.version) not in excluded:
            packages.append(package_of("Go", name, version, at, dev=False))
    return Manifest(
        path=path,
        ecosystem="Go",
        lock=True,
        packages=(*packages, *_standard_library(path, found)),
        dependencies=tuple(dependencies),
        replacements=tuple(
            Replacement(module=item.old, by=item.new, local=not item.new_version, at=Location(path=path, line=item.line))
            for item in found.replaces
        ),
        untold=_unlisted(found),
    )


def declaration(path: str, data: bytes) -> Declaration:
    """What the module at `path` requires, indirectly too: go.mod lists it all. Raises `Malformed`, `LimitExceeded`."""
    found = go_mod.parse(data)
    return Declaration(
        path=path,
        ecosystem="Go",
        declares=Known(len(found.requires)),
        name=found.module,
        asks=tuple(
            Declared(name=item.path, specifier=item.version, group="indirect" if item.indirect else "", line=item.line)
            for item in found.requires
        ),
    )


def read(path: str, data: bytes, release: OsRelease | None) -> tuple[Package, ...]:  # noqa: ARG001 - every reader is told
    """The modules of the build and the standard library. Raises as `manifest`."""
    return manifest(path, data).packages


def _replacement(found: GoMod, path: str, version: str) -> GoReplace | None:
    """A replacement of this very version goes before one of every version (go.dev/ref/mod, "replace directive")."""
    fitting = [item for item in found.replaces if item.old == path and item.old_version in ("", version)]
    return max(fitting, key=lambda item: bool(item.old_version), default=None)


def _unlisted(found: GoMod) -> tuple[tuple[int, str], ...]:
    """Before Go 1.17 a go.mod left out what other modules bring in (go.dev/ref/mod, "Module graph pruning")."""
    seen = _GO_VERSION.match(found.go)
    if not found.requires or (seen and (int(seen[1]), int(seen[2])) >= (1, 17)):
        return ()
    return ((found.go_line or 0, "a go.mod of before Go 1.17 names few of the modules that others bring in, so these are"),)


def _standard_library(path: str, found: GoMod) -> tuple[Package, ...]:
    for text, line, directive in ((found.toolchain, found.toolchain_line, "toolchain"), (found.go, found.go_line, "go")):
        seen = _GO_VERSION.match(text)
        if seen:
            major, minor, patch, before = seen.groups()
            version = f"{major}.{minor}.{patch or 0}" + (f"-{before}" if before else "")
            at = Location(path=path, line=line, field=f"{directive} {text}")
            return (package_of("Go", "stdlib", version, at, dev=False),)
    return ()
