"""Modules of a program built by Go, from what its linker wrote into it."""

from ringfence.formats import go_buildinfo, purl
from ringfence.formats.go_buildinfo import GoBuildInfo, GoModule
from ringfence.model.declare import Ecosystem
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package

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
    return tuple(
        Package(purl=purl.make("golang", item.path, item.version), name=item.path, version=item.version, ecosystem="Go")
        for item in modules
    )


def _main(found: GoBuildInfo) -> GoModule | None:
    """The program's own module; one built outside any release has the version that its linker was told, if it was."""
    main = found.main
    if main is None or main.version.startswith("v") or not found.linked_version:
        return main
    return GoModule(path=main.path, version=f"v{found.linked_version}")
