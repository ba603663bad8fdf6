"""Engines and runtimes that the distribution's package database knows: dpkg's, RPM's, apk's."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from ringfence.errors import RingfenceError
from ringfence.formats import apk, distribution_package, dpkg, os_release, rpm_header
from ringfence.io import rpm_database
from ringfence.io.world import World
from ringfence.layers.runtime.collect.places import BINARIES, PACKAGES
from ringfence.model.fact import Fact
from ringfence.model.finding import Problem
from ringfence.model.location import Location
from ringfence.model.os_release import OsRelease
from ringfence.model.package import Package

DPKG_STATUS = "/var/lib/dpkg/status"
DPKG_LISTS = "/var/lib/dpkg/info"
APK_INSTALLED = ("/lib/apk/db/installed", "/usr/lib/apk/db/installed")
SYSTEM_FOLDERS = ("/usr/bin/", "/usr/sbin/", "/usr/libexec/", "/usr/lib/", "/bin/", "/sbin/")
"""Where packages of a distribution put programs; nobody else does."""


class Installed(Fact):
    """A package of ours: the component it is, the version of the component in it, and its programs."""

    component: str
    version: str
    package: Package
    programs: tuple[str, ...] = ()

    def owns(self, path: str) -> bool:
        """Whether a program at `path` came with it."""
        return BINARIES.get(path.rpartition("/")[2]) == self.component and path in self.programs


Names = Mapping[str, Mapping[str, str]]
"""The component that a package is, by its name, by kind of database (`deb`, `rpm`, `apk`)."""


def packaged(world: World, names: Names = PACKAGES) -> tuple[Installed, ...]:
    """Every package of these that is installed. What cannot be read is reported."""
    release = _release(world)
    return (
        *_debian(world, release, names["deb"]),
        *_rpm(world, release, names["rpm"]),
        *_alpine(world, release, names["apk"]),
    )


def _release(world: World) -> OsRelease | None:
    for path in ("/etc/os-release", "/usr/lib/os-release"):
        try:
            return os_release.parse(world.host.read(path))
        except RingfenceError:
            continue
    return None


def _debian(world: World, release: OsRelease | None, names: Mapping[str, str]) -> Iterator[Installed]:
    if not world.host.exists(DPKG_STATUS):
        return
    try:
        found = [item for item in dpkg.parse(world.host.read(DPKG_STATUS)) if item.name in names]
    except RingfenceError as cause:
        world.report(Problem(where=DPKG_STATUS, why=cause.wrong, mend=cause.mend))
        return
    for item in found:
        yield Installed(
            component=names[item.name],
            version=item.version,
            package=_at(distribution_package.of_deb(item, release), DPKG_STATUS),
            programs=_listed(world, item.name, item.arch),
        )


def _listed(world: World, name: str, arch: str) -> tuple[str, ...]:
    """The programs of a package, from dpkg's list of its files."""
    places = (f"{DPKG_LISTS}/{name}.list", f"{DPKG_LISTS}/{name}:{arch}.list")
    path = next((place for place in places if world.host.exists(place)), "")
    try:
        lines = world.host.text(path).splitlines() if path else []
    except RingfenceError as cause:
        world.report(Problem(where=path, why=cause.wrong, mend=cause.mend))
        return ()
    return tuple(line for line in lines if line.rpartition("/")[2] in BINARIES)


def _rpm(world: World, release: OsRelease | None, names: Mapping[str, str]) -> Iterator[Installed]:
    path = next((f"/{place}" for place in rpm_database.PLACES if world.host.exists(f"/{place}")), "")
    if not path:
        return
    try:
        headers = rpm_database.headers(path, world.host.read(path, rpm_database.MAX_BYTES))
        read = ((rpm_header.parse(header), header) for header in headers)
        found = [(item, _programs(rpm_header.files(header))) for item, header in read if item and item.name in names]
    except RingfenceError as cause:
        world.report(Problem(where=path, why=cause.wrong, mend=cause.mend))
        return
    for item, programs in found:
        package = _at(distribution_package.of_rpm(item, release), path)
        yield Installed(component=names[item.name], version=item.version, package=package, programs=programs)


def _alpine(world: World, release: OsRelease | None, names: Mapping[str, str]) -> Iterator[Installed]:
    path = next((place for place in APK_INSTALLED if world.host.exists(place)), "")
    if not path:
        return
    try:
        data = world.host.read(path)
        found = [item for item in apk.parse(data) if item.name in names]
        files = [(owner, file) for owner, file in apk.owned_files(data) if owner in names]
    except RingfenceError as cause:
        world.report(Problem(where=path, why=cause.wrong, mend=cause.mend))
        return
    for item in found:
        package = _at(distribution_package.of_apk(item, release), path)
        programs = _programs(file for owner, file in files if owner == item.name)
        yield Installed(component=names[item.name], version=item.version, package=package, programs=programs)


def _programs(files: Iterable[str]) -> tuple[str, ...]:
    """Those of a package's files that are called like a program of ours, as absolute paths."""
    return tuple(f"/{file.lstrip('/')}" for file in files if file.rpartition("/")[2] in BINARIES)


def _at(package: Package, path: str) -> Package:
    return replace(package, locations=(Location(path=path),))
