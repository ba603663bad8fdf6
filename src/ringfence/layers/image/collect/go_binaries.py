"""Modules of a program built by Go, from what its linker wrote into it."""

import re

from ringfence.errors import UnreadableInput
from ringfence.formats import go_buildinfo, go_pclntab, purl
from ringfence.formats.go_buildinfo import GoBuildInfo, GoModule
from ringfence.model.declare import Ecosystem
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package

_VERSIONED = re.compile(r"[^./]+\.v[0-9]+(?=\.)")

ECOSYSTEM = Ecosystem(slug="go-binaries", files=(), executables=True)


def read(path: str, data: bytes, release: OsRelease | None) -> tuple[Package, ...]:  # noqa: ARG001 - all readers are asked alike
    """The standard library and the modules; nothing for a program of another language. Raises `Malformed`."""
    if go_buildinfo.MAGIC not in data:
        return ()
    found = go_buildinfo.parse(data)
    # `go1.22.1 X:boringcrypto` and `go1.22.1-vendor` are builds of 1.22.1.
    go = found.go.partition(" ")[0].partition("-")[0].removeprefix("go")
    modules = [GoModule(path="stdlib", version=go)] if go[:1].isdigit() else []
    modules += [item for item in (_main(found), *found.modules) if item is not None and item.version.startswith("v")]
    linked = _linked(data, [item.path for item in modules])
    return tuple(
        Package(
            purl=purl.make("golang", item.path, item.version),
            name=item.path,
            version=item.version,
            ecosystem="Go",
            linked=linked.get(item.path, ""),
        )
        for item in modules
    )


def _linked(data: bytes, modules: list[str]) -> dict[str, str]:
    """The functions and packages of each module that are in the program; nothing where its line table is not to be read."""
    by_package: dict[str, list[str]] = {}
    try:
        for name in go_pclntab.functions(data):
            folder, slash, rest = name.rpartition("/")
            by_package.setdefault(f"{folder}{slash}{_head(rest)}", []).append(name)
    except UnreadableInput:
        return {}
    held = set(modules)
    of: dict[str, list[str]] = {path: [] for path in modules}
    for package, names in by_package.items():
        # The main module's own package is called `main`, whatever its path.
        owner = _module(package, held)
        if owner:
            of[owner].extend((package, *names))
    return {path: go_pclntab.fingerprint(names) for path, names in of.items()}


def _head(rest: str) -> str:
    """The package's last element: `http` of `http.Server.Serve`, `yaml.v3` of `yaml.v3.parser.parse`."""
    seen = _VERSIONED.match(rest)
    return seen[0] if seen else rest.partition(".")[0]


def _module(package: str, modules: set[str]) -> str:
    """The module that a package is of: the longest that it begins with; without a dot in its first element, Go's own."""
    if "." not in package.partition("/")[0]:
        return "stdlib" if "stdlib" in modules and package != "main" else ""
    while package:
        if package in modules:
            return package
        package = package.rpartition("/")[0]
    return ""


def _main(found: GoBuildInfo) -> GoModule | None:
    """The program's own module; one built outside any release has the version that its linker was told, if it was."""
    main = found.main
    if main is None or main.version.startswith("v") or not found.linked_version:
        return main
    return GoModule(path=main.path, version=f"v{found.linked_version}")
