"""Which engines and runtimes are installed: packages of the distribution's database, and binaries that no package owns."""

import re
from collections.abc import Iterator

from ringfence.errors import Malformed, RingfenceError
from ringfence.formats import go_buildinfo
from ringfence.formats.go_buildinfo import GoBuildInfo
from ringfence.io.world import World
from ringfence.layers.runtime.collect.packaged import packaged
from ringfence.layers.runtime.collect.places import BINARIES, FOLDERS, MODULES
from ringfence.model.component import Component
from ringfence.model.finding import Problem
from ringfence.model.knowledge import Known, Maybe, Unknown

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
    found: list[Component] = []
    paths = dict(_programs(world))
    for item in packaged(world):
        path = next((path for path in paths if item.owns(path)), "")
        found.append(
            Component(name=item.component, node=world.node, version=upstream(item.version), package=item.package, path=path)
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
