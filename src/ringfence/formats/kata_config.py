"""Kata Containers' `configuration.toml`: the hypervisor, the guest's kernel and image, and what opens the guest.

Source: kata-containers src/runtime/config/configuration-*.toml.in and docs/how-to/how-to-set-sandbox-config-kata.md.
"""

import msgspec

from ringfence.formats import typed_toml
from ringfence.model.fact import Fact

HYPERVISORS = {
    "qemu": "qemu",
    "clh": "cloud-hypervisor",
    "cloud-hypervisor": "cloud-hypervisor",
    "firecracker": "firecracker",
    "dragonball": "dragonball",
    "stratovirt": "stratovirt",
    "acrn": "acrn",
    "remote": "remote",
}
"""The hypervisor that a `[hypervisor.NAME]` table configures. Dragonball is linked into the runtime itself."""


class KataConfig(Fact):
    """One configuration. Paths are empty where it names none.

    `annotations` are the settings that a pod may change by annotation (patterns), `valid_paths` the programs it may then
    choose. `guest_seccomp` is whether the agent filters the container's system calls in the guest, `hypervisor_seccomp`
    whether the hypervisor's own are filtered (None: its default, which is not to for QEMU and to for the others).
    """

    hypervisor: str = ""
    path: str = ""
    kernel: str = ""
    image: str = ""
    initrd: str = ""
    shared_files: str = ""
    annotations: tuple[str, ...] = ()
    valid_paths: tuple[str, ...] = ()
    debug_console: bool = False
    guest_seccomp: bool | None = None
    new_network_namespace: bool = True
    hypervisor_seccomp: bool | None = None
    hypervisor_rootless: bool = False

    def under(self, later: "KataConfig") -> "KataConfig":
        """These settings with those of a drop-in over them, as far as it says something else than the default."""
        said = {name: getattr(later, name) for name in self.__struct_fields__}
        default = KataConfig()
        return msgspec.structs.replace(
            self, **{name: value for name, value in said.items() if value != getattr(default, name)}
        )


class _Hypervisor(msgspec.Struct, frozen=True):
    path: str = ""
    kernel: str = ""
    image: str = ""
    initrd: str = ""
    shared_fs: str = ""
    enable_annotations: tuple[str, ...] = ()
    valid_hypervisor_paths: tuple[str, ...] = ()
    seccompsandbox: str | None = None
    disable_seccomp: bool | None = None
    rootless: bool = False


class _Agent(msgspec.Struct, frozen=True):
    debug_console_enabled: bool = False


class _Runtime(msgspec.Struct, frozen=True):
    disable_guest_seccomp: bool | None = None
    disable_new_netns: bool = False


class _Configuration(msgspec.Struct, frozen=True):
    hypervisor: dict[str, _Hypervisor] = {}
    agent: dict[str, _Agent] = {}
    runtime: _Runtime = _Runtime()


def parse(data: bytes) -> KataConfig:
    """A configuration, or a drop-in that has part of one. Raises `Malformed` or `LimitExceeded`."""
    read = typed_toml.decode(data, _Configuration, "configuration.toml")
    name, machine = next(iter(read.hypervisor.items()), ("", _Hypervisor()))
    off = read.runtime.disable_guest_seccomp
    return KataConfig(
        hypervisor=HYPERVISORS.get(name, name),
        path=machine.path,
        kernel=machine.kernel,
        image=machine.image,
        initrd=machine.initrd,
        shared_files=machine.shared_fs,
        annotations=machine.enable_annotations,
        valid_paths=machine.valid_hypervisor_paths,
        debug_console=any(agent.debug_console_enabled for agent in read.agent.values()),
        guest_seccomp=None if off is None else not off,
        new_network_namespace=not read.runtime.disable_new_netns,
        hypervisor_seccomp=_filtered(machine),
        hypervisor_rootless=machine.rootless,
    )


def _filtered(machine: _Hypervisor) -> bool | None:
    """QEMU is told what to filter (`on,obsolete=deny,...`), the others not to."""
    if machine.seccompsandbox is not None:
        return machine.seccompsandbox.startswith("on")
    return None if machine.disable_seccomp is None else not machine.disable_seccomp
