"""Which engines and runtimes are installed: packages of the distribution's database, and binaries that no package owns."""

import re
from collections.abc import Iterator, Mapping

from ringfence.errors import Malformed, RingfenceError
from ringfence.formats import dpkg, go_buildinfo, os_release
from ringfence.formats.dpkg import DpkgPackage
from ringfence.formats.go_buildinfo import GoBuildInfo
from ringfence.io.world import World
from ringfence.layers.runtime.collect.places import BINARIES, FOLDERS, MODULES, PACKAGES
from ringfence.model.component import Component
from ringfence.model.finding import Problem
from ringfence.model.knowledge import Known, Maybe, Unknown
from ringfence.model.location import Location
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package

DPKG_STATUS = "/var/lib/dpkg/status"
DPKG_LISTS = "/var/lib/dpkg/info"
MAX_FOLDERS = 50
"""Folders that `*` in a place may stand for."""
MAX_BINARY_BYTES = 256 * 1024 * 1024
"""Most that is read of one program; dockerd and kubelet have about 100 MB."""
REPACKED = re.compile(r"[+~](?:dfsg|ds)\d*$")
"""A distribution's mark in a version that it had linked into a program (`20.10.24+dfsg1`)."""
DATED = re.compile(r"\d{8}\.\d+")
"""gVisor's versions are the day of the release and a count (`release-20240826.0`, Debian's `0.0~20221219.0`)."""
VERSION = re.compile(r"\d+\.\d+(?:\.\d+)?(?:-(?:rc|beta|alpha)[.\d]*)?")
"""A version in a program's answer to `--version`."""


def components(world: World) -> tuple[Component, ...]:
    """Every engine and runtime on the host, those from packages first."""
    packages = _packages(world)
    owners = _owners(world, packages)
    found: list[Component] = []
    paths = dict(_programs(world))
    for name, (package, installed) in packages.items():
        path = next((path for path, program in paths.items() if owners.get(path) == name and _is(program, installed)), "")
        found.append(
            Component(
                name=PACKAGES[installed.name],
                node=world.node,
                version=upstream(installed.version),
                package=package,
                path=path,
            )
        )
    taken = {item.path for item in found}
    for path, program in paths.items():
        if path not in taken:
            name = BINARIES[program]
            found.append(Component(name=name, node=world.node, version=version_of(world, path, name), path=path))
    return tuple(found)


def present(world: World) -> dict[str, str]:
    """The programs of engines and runtimes by path, each with the component it is; no version is asked."""
    return {path: BINARIES[program] for path, program in _programs(world)}


def upstream(version: str) -> Maybe[str]:
    """Upstream's version in a Debian one: without epoch, revision and repacking marks (`1.1.5+ds1-1+deb12u1` -> `1.1.5`).

    Source: Debian Policy 5.6.12; `+ds`, `+dfsg`, `~ds` are the marks of repacked sources, `~rc1` precedes the release.
    """
    if dated := DATED.search(version):
        return Known(dated[0])
    bare = version.partition(":")[2] if ":" in version else version
    numbers = re.match(r"(\d+(?:\.\d+)+)(?:[~-]?((?:rc|beta|alpha)[.\d]*))?", bare)
    if numbers is None:
        return Unknown(f"the package's version {version} does not begin with upstream's")
    return Known(f"{numbers[1]}-{numbers[2]}" if numbers[2] else numbers[1])


def _is(program: str, package: DpkgPackage) -> bool:
    return BINARIES[program] == PACKAGES[package.name]


def _packages(world: World) -> Mapping[str, tuple[Package | None, DpkgPackage]]:
    """The packages of ours in dpkg's database, by name."""
    if not world.host.exists(DPKG_STATUS):
        return {}
    try:
        installed = dpkg.parse(world.host.read(DPKG_STATUS))
    except RingfenceError as cause:
        world.report(Problem(where=DPKG_STATUS, why=cause.wrong, mend=cause.mend))
        return {}
    release = _release(world)
    return {item.name: (_package(item, release), item) for item in installed if item.name in PACKAGES}


def _release(world: World) -> OsRelease | None:
    for path in ("/etc/os-release", "/usr/lib/os-release"):
        try:
            return os_release.parse(world.host.read(path))
        except RingfenceError:
            continue
    return None


def _package(item: DpkgPackage, release: OsRelease | None) -> Package | None:
    if release is None:
        return None
    encoded = item.version.replace("+", "%2B").replace(":", "%3A")
    return Package(
        purl=f"pkg:deb/{release.id}/{item.name}@{encoded}?arch={item.arch}&distro={release.distro_qualifier}",
        name=item.name,
        version=item.version,
        ecosystem=release.osv_ecosystem,
        arch=item.arch,
        source_name=item.source_name if item.source_name != item.name else "",
        source_version=item.source_version if item.source_version != item.version else "",
        locations=(Location(path=DPKG_STATUS),),
    )


def _programs(world: World) -> Iterator[tuple[str, str]]:
    """Path and base name of every program of ours; one that two folders reach by a link is named once."""
    seen: set[str] = set()
    for folder in _folders(world):
        for program in BINARIES:
            path = f"{folder}/{program}"
            try:
                entry = world.host.entry(path)
                real = world.host.resolve(path)
            except RingfenceError:
                continue
            if entry.is_file and real not in seen:
                seen.add(real)
                yield path, program


def _folders(world: World) -> Iterator[str]:
    for pattern in FOLDERS:
        above, star, below = pattern.partition("/*")
        if not star:
            yield pattern
            continue
        try:
            yield from (f"{above}/{name}{below}" for name in world.host.names(above)[:MAX_FOLDERS])
        except RingfenceError as cause:
            world.report(Problem(where=above, why=cause.wrong, mend=cause.mend))


def _owners(world: World, packages: Mapping[str, tuple[object, DpkgPackage]]) -> dict[str, str]:
    """Which of `packages` owns a path, from dpkg's lists of files."""
    owners: dict[str, str] = {}
    for name, (_, installed) in packages.items():
        places = (f"{DPKG_LISTS}/{name}.list", f"{DPKG_LISTS}/{name}:{installed.arch}.list")
        listed = next((path for path in places if world.host.exists(path)), "")
        try:
            lines = world.host.text(listed).splitlines() if listed else []
        except RingfenceError as cause:
            world.report(Problem(where=listed, why=cause.wrong, mend=cause.mend))
            continue
        owners.update((line, name) for line in lines if line.rpartition("/")[2] in BINARIES)
    return owners


def _told(info: GoBuildInfo, component: str) -> str:
    """The version of the component in a program: of the program itself, or of a module in it that the component is."""
    mine = MODULES.get(component, ())
    if info.main is None or info.main.path in mine or not mine:
        return info.linked_version
    held = next((module.version for module in info.modules if module.path in mine), "")
    # k3s marks its own builds: v1.7.23-k3s2 has the fixes of 1.7.23.
    return held.removeprefix("v").partition("-k3s")[0] if held else info.linked_version


def version_of(world: World, path: str, component: str) -> Maybe[str]:
    """From Go's build information; else the program of this very host is asked, never one of another root."""
    try:
        told = _told(go_buildinfo.parse(world.host.read(path, limit=MAX_BINARY_BYTES)), component)
    except Malformed:
        told = ""
    except RingfenceError as cause:
        return Unknown(f"{path} could not be read: {cause.wrong}")
    if told:
        return Known(REPACKED.sub("", told))
    if world.host.root != "/":
        return Unknown(f"{path} does not carry its version, and a program of another root is never run")
    try:
        answer = world.ask([path, "--version"]).decode("utf-8", "replace")
    except RingfenceError as cause:
        return Unknown(f"{path} does not carry its version, and asked for it {cause.wrong}")
    number = (DATED.search(answer) if component == "gvisor" else None) or VERSION.search(answer)
    return Known(number[0]) if number else Unknown(f"{path} --version named none")
