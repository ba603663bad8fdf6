"""What .NET projects lock and declare: packages.lock.json, *.deps.json, *.csproj, Directory.Packages.props, packages.config.

Sources: learn.microsoft.com "PackageReference in project files" (lock file, central package management), "packages.config",
".NET runtime configuration files" (deps.json).
"""

import msgspec

from ringfence.errors import Malformed
from ringfence.formats import typed_json, xml_tree
from ringfence.formats.declared import Declared
from ringfence.formats.locked import Locked, LockedPackage, Need, locked

_MARK = b"\xef\xbb\xbf"


class _Entry(msgspec.Struct, rename={"hash": "contentHash"}):
    type: str = ""
    requested: str = ""
    resolved: str = ""
    hash: str = ""
    dependencies: dict[str, str] = {}


class _Lock(msgspec.Struct):
    dependencies: dict[str, dict[str, _Entry]] = {}


class _Library(msgspec.Struct):
    type: str = ""
    sha512: str = ""


class _Used(msgspec.Struct):
    dependencies: dict[str, str] = {}


class _Deps(msgspec.Struct):
    libraries: dict[str, _Library] = {}
    targets: dict[str, dict[str, _Used]] = {}


def parse_lock(data: bytes) -> Locked:
    """A packages.lock.json: packages once for all frameworks. Raises `Malformed`, `LimitExceeded`."""
    lock = typed_json.decode(data.removeprefix(_MARK), _Lock, "packages.lock.json")
    found: dict[tuple[str, str], LockedPackage] = {}
    for entries in lock.dependencies.values():
        for name, entry in entries.items():
            own = entry.type == "Project"
            before = found.get((name, entry.resolved))
            direct = entry.type == "Direct" or bool(before and before.direct)
            found[name, entry.resolved] = LockedPackage(
                name=name,
                version=entry.resolved,
                source="path" if own else "registry",
                hashed=None if own else bool(entry.hash),
                key=name.lower(),
                needs=tuple(Need(key=need.lower(), specifier=range_) for need, range_ in entry.dependencies.items()),
                direct=direct,
            )
    return locked(found.values())


def parse_deps(data: bytes) -> Locked:
    """A *.deps.json: what a built program was given. Raises `Malformed`, `LimitExceeded`."""
    found = typed_json.decode(data.removeprefix(_MARK), _Deps, "deps.json")
    uses = {key: used.dependencies for target in found.targets.values() for key, used in target.items()}
    packages: list[LockedPackage] = []
    for key, library in found.libraries.items():
        name, slash, version = key.partition("/")
        if not (slash and name and version):
            continue
        packages.append(
            LockedPackage(
                name=name,
                version=version,
                source="path" if library.type == "project" else "registry",
                hashed=bool(library.sha512) if library.type == "package" else None,
                key=name.lower(),
                needs=tuple(Need(key=need.lower(), specifier=got) for need, got in uses.get(key, {}).items()),
            )
        )
    return locked(packages)


def parse_project(data: bytes) -> tuple[Declared, ...]:
    """The packages of a project file or a packages.config; versions as written. Raises `Malformed`, `LimitExceeded`."""
    root = xml_tree.parse(data, ".NET project file")
    if root.tag not in ("Project", "packages"):
        raise Malformed(".NET project file", f"it begins with <{root.tag}>")
    found: list[Declared] = []
    for item in (*root.all("ItemGroup", "PackageReference"), *root.all("package")):
        name = item.attributes.get("Include") or item.attributes.get("Update") or item.attributes.get("id", "")
        version = item.attributes.get("Version") or item.attributes.get("version") or item.said("Version")
        override = item.attributes.get("VersionOverride") or item.said("VersionOverride")
        private = (item.attributes.get("PrivateAssets") or item.said("PrivateAssets")).lower() == "all"
        if name:
            found.append(Declared(name=name, specifier=override or version, dev=private, line=item.line))
    return tuple(found)


def central_versions(data: bytes) -> tuple[tuple[str, str], ...]:
    """Name and version of what a Directory.Packages.props fixes for every project. Raises `Malformed`, `LimitExceeded`."""
    root = xml_tree.parse(data, "Directory.Packages.props")
    return tuple(
        (item.attributes.get("Include") or item.attributes.get("Update", ""), item.attributes.get("Version", ""))
        for item in root.all("ItemGroup", "PackageVersion")
    )


def pinned(version: str) -> str:
    """The version that a wish stands for; empty for a floating one, a range or a variable.

    A plain version is the least that fits, which NuGet takes ("lowest applicable version"); `[1.2]` is exactly that.
    """
    bare = version.strip()
    if bare.startswith("[") and bare.endswith("]") and "," not in bare:
        bare = bare[1:-1].strip()
    return bare if bare and not set(bare) & set("*[]()$, ") else ""
