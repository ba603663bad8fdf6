"""Kata Containers: which hypervisor and which guest kernel its containers run on, and how the guest is set up."""

import re
from collections.abc import Iterator

from ringfence.errors import RingfenceError
from ringfence.formats import kata_config, kconfig, linux_image
from ringfence.formats.kata_config import KataConfig
from ringfence.io.world import Target, World
from ringfence.layers.runtime.collect.installed import upstream, version_of
from ringfence.layers.runtime.collect.packaged import SYSTEM_FOLDERS, packaged
from ringfence.layers.runtime.collect.places import HYPERVISORS
from ringfence.layers.runtime.facts import Facts, Guest
from ringfence.model.component import Component
from ringfence.model.declare import Source
from ringfence.model.finding import Problem
from ringfence.model.knowledge import Known, Maybe, Unknown
from ringfence.model.location import Location

SOURCE = Source(slug="kata-containers", targets=("host",))

KATA = "kata-containers"
CONFIGURATIONS = (
    "/etc/kata-containers/configuration.toml",
    "/usr/share/defaults/kata-containers/configuration.toml",
    "/opt/kata/share/defaults/kata-containers/configuration.toml",
    "/opt/kata/share/defaults/kata-containers/runtime-rs/configuration.toml",
)
"""Where the runtime looks for its configuration, the first found counting (`kata-runtime --show-default-config-paths`)."""
MAX_KERNEL_BYTES = 128 * 1024 * 1024
"""Most that is read of a guest's kernel; Kata's vmlinux has about 45 MB."""
IN_NAME = re.compile(r"vmlinu[xz]-(\d+\.\d+(?:\.\d+)?)")
"""Kata names its kernels `vmlinux-6.1.62-121`, the last number counting its own builds."""
LINKED_IN = frozenset({"dragonball"})
"""Hypervisors that are no program of their own."""


def collect(target: Target, world: World) -> Iterator[Facts]:
    """One `Facts` with the hypervisor and the guest's kernel; none without a configuration."""
    if target.kind != "host":
        return
    path = next((place for place in CONFIGURATIONS if world.host.exists(place)), "")
    if not path:
        return
    try:
        config = _with_drop_ins(world, path)
    except RingfenceError as cause:
        world.report(Problem(where=path, why=cause.wrong, mend=cause.mend))
        return
    hypervisor = _hypervisor(world, config)
    yield Facts(
        node=world.node,
        collected_on=world.today,
        components=(
            Component(
                name=KATA,
                node=world.node,
                version=Unknown("its configuration does not tell its version"),
                calls=(hypervisor.name,),
            ),
            hypervisor,
            *_kernel(world, config),
        ),
        guests=(Guest(node=world.node, config=config, at=Location(path=path)),),
    )


def _with_drop_ins(world: World, path: str) -> KataConfig:
    """The configuration; files of `config.d` beside it change single settings, of which only what opens the guest counts."""
    found = kata_config.parse(world.host.read(path))
    folder = f"{path.rpartition('/')[0]}/config.d"
    for name in world.host.names(folder):
        if name.endswith(".toml"):
            found = found.under(kata_config.parse(world.host.read(f"{folder}/{name}")))
    return found


def _hypervisor(world: World, config: KataConfig) -> Component:
    name = config.hypervisor or "hypervisor"
    version: Maybe[str]
    if name in LINKED_IN:
        version = Unknown(f"{name} is part of Kata's runtime")
    elif config.path and world.host.exists(config.path):
        version = version_of(world, config.path, name)
    else:
        version = Unknown(f"{config.path or 'the program'} is not there")
    found = next((item for item in packaged(world, HYPERVISORS) if item.component == name), None)
    if found is not None and config.path.startswith(SYSTEM_FOLDERS):
        return Component(
            name=name, node=world.node, version=upstream(found.version), package=found.package, path=config.path
        )
    return Component(name=name, node=world.node, version=version, path=config.path)


def _kernel(world: World, config: KataConfig) -> Iterator[Component]:
    if config.kernel:
        yield Component(
            name="linux",
            node=world.node,
            version=_release(world, config.kernel),
            path=config.kernel,
            guest=True,
            config=_built(world, config.kernel),
        )


def _built(world: World, path: str) -> Maybe[dict[str, str]]:
    """The build options that Kata installs beside its kernels: `config-6.1.62-121` for `vmlinux-6.1.62-121`."""
    try:
        folder, _, name = world.host.resolve(path).rpartition("/")
        beside = f"{_inside(world, folder)}/config-{name.partition('-')[2]}"
        if "-" not in name or not world.host.exists(beside):
            return Unknown(f"there is no build configuration beside {path}")
        return Known(kconfig.parse(world.host.read(beside)))
    except RingfenceError as cause:
        return Unknown(cause.diagnostics())


def _inside(world: World, folder: str) -> str:
    """A folder as seen from the root that is looked at."""
    return folder.removeprefix(world.host.root.rstrip("/"))


def _release(world: World, path: str) -> Maybe[str]:
    """By the name of the file behind all links, else by what the image says of itself."""
    try:
        named = IN_NAME.search(world.host.resolve(path))
        return Known(named[1] if named else linux_image.release(world.host.read(path, MAX_KERNEL_BYTES)))
    except RingfenceError as cause:
        return Unknown(cause.diagnostics())
