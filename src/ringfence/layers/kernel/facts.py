"""What a kernel says about itself and about the containers on it."""

from collections.abc import Iterator, Mapping

import msgspec

from ringfence.model.component import Component, KernelState
from ringfence.model.fact import Fact
from ringfence.model.host_process import HostProcesses
from ringfence.model.knowledge import Known, Maybe, Unknown
from ringfence.model.location import Location
from ringfence.model.package import Package
from ringfence.model.workload import Workload
from ringfence.versions.kernel import upstream_told


class CpuVulnerability(Fact):
    """A weakness of the processor and the kernel's own words on it (`Mitigation: ...`, `Vulnerable`, `Not affected`)."""

    name: str
    status: str


class ProcessCount(Fact):
    """Processes seen: all of them (kernel threads too), those in containers, and those that could not be looked into."""

    seen: int = 0
    in_containers: int = 0
    unreadable: int = 0


class DeviceFile(Fact):
    """A file under /dev that more than its owner may use: `kind` is `block` or `character`, `mode` its permission bits."""

    path: str
    kind: str
    mode: int
    owner: int = 0
    group: int = 0


class InstalledKernel(Fact):
    """A kernel image in /boot. `package_version` is the distribution's, empty where no database tells."""

    release: str
    package_version: str = ""


class Livepatch(Fact):
    """A patch of the running kernel (Documentation/livepatch): `enabled`, and whether it is still being put in force."""

    name: str
    enabled: bool
    in_transition: bool = False


class Policy(Fact):
    """The mandatory access control that runs: `selinux` is `enforcing`, `permissive` or empty where SELinux does not run.

    `complaining` are AppArmor's profiles that only log what they would refuse; `enforced` counts those that refuse it.
    """

    selinux: str = ""
    complaining: tuple[str, ...] = ()
    enforced: int = 0


class Defences(Fact):
    """What a kernel was built and started with to protect itself.

    `boot` are the words of its command line, `lockdown` is `none`, `integrity` or `confidentiality`.
    """

    node: str
    architecture: str
    config: Maybe[dict[str, str]]
    boot: Maybe[tuple[str, ...]]
    lockdown: Maybe[str]
    modules_signed: Maybe[bool] = Unknown("whether unsigned modules are refused was not read")


class Facts(Fact):
    """One kernel at one moment.

    `component` is the kernel under the name `linux`, at its true upstream version where that can be told. `end_of_life` is
    the day its branch gets its last fix, empty where none is announced. `collected_on` is a day, YYYY-MM-DD.
    """

    kernel: KernelState
    component: Component
    collected_on: str
    end_of_life: Maybe[str] = Unknown("the end of support was not looked up")
    workloads: tuple[Workload, ...] = ()
    processes: ProcessCount = ProcessCount()
    host_processes: tuple[HostProcesses, ...] = ()
    cpu_vulnerabilities: Maybe[tuple[CpuVulnerability, ...]] = Unknown("the processor's weaknesses were not read")
    boot: Maybe[tuple[str, ...]] = Unknown("the boot parameters were not read")
    lockdown: Maybe[str] = Unknown("the state of lockdown was not read")
    modules_signed: Maybe[bool] = Unknown("whether unsigned modules are refused was not read")
    policy: Maybe[Policy] = Unknown("the policy of the security modules was not read")
    taint: Maybe[int] = Unknown("whether the kernel is tainted was not read")
    devices: Maybe[tuple[DeviceFile, ...]] = Unknown("/dev was not listed")
    livepatches: Maybe[tuple[Livepatch, ...]] = Unknown("live patches were not read")
    installed: Maybe[tuple[InstalledKernel, ...]] = Unknown("the installed kernels were not listed")
    reboot_asked: str = ""
    """Which file asks for a reboot (`/run/reboot-required`), empty if none does."""
    distribution_end: Maybe[str] = Unknown("the end of the distribution's support was not looked up")

    @property
    def packages(self) -> tuple[Package, ...]:
        """The kernel's own package, where the distribution's database names it."""
        return (self.component.package,) if self.component.package else ()

    @property
    def about(self) -> str:
        """Nothing narrower than the target itself."""
        return ""

    def subjects(self) -> Iterator[object]:
        """Everything a check may be asked about."""
        yield self
        yield self.kernel
        yield self.component
        yield self.defences
        yield from self.workloads

    @property
    def defences(self) -> Defences:
        """What protects the kernel itself, out of several of its facts."""
        return Defences(
            node=self.kernel.node,
            architecture=self.kernel.architecture,
            config=self.kernel.config,
            boot=self.boot,
            lockdown=self.lockdown,
            modules_signed=self.modules_signed,
        )


def sysctl(kernel: KernelState, name: str) -> Maybe[str]:
    """The value of a sysctl; `Known("")` where this kernel has none of that name."""
    return kernel.sysctls.get(name, Unknown(f"the sysctl {name} was not read"))


def place_of(name: str) -> Location:
    """Where a sysctl is set."""
    return Location(path=f"/proc/sys/{name.replace('.', '/')}", field=f"sysctl {name}")


def built_with(kernel: KernelState | Defences, option: str) -> Maybe[bool]:
    """Whether the kernel has a build option, as `y` or `m`."""
    match kernel.config:
        case Unknown() as unknown:
            return unknown
        case Known(options):
            return Known(options.get(option, "n") in ("y", "m"))


def boot_values(words: tuple[str, ...]) -> dict[str, str]:
    """Boot parameters by name, the last one counting; one without a value has the empty string.

    The kernel takes `-` for `_` in names (Documentation/admin-guide/kernel-parameters.rst), so names are given with `_`.
    Words after `--` go to the first process and are not the kernel's.
    """
    own = words[: words.index("--")] if "--" in words else words
    return {name.replace("-", "_"): value for name, _, value in (word.partition("=") for word in own)}


def hypothetical(
    release: str,
    *,
    node: str = "hypothetical",
    config: Mapping[str, str] | None = None,
    sysctls: Mapping[str, str] | None = None,
    workloads: tuple[Workload, ...] = (),
    collected_on: str = "",
) -> Facts:
    """The facts of a named kernel release without a machine, with `workloads` moved onto it.

    The target decides: the same containers can be judged against each kernel they will run on. What is not given stays
    unknown; any other field is set with `msgspec.structs.replace`. Pure.
    """
    kernel = KernelState(
        node=node,
        release=Known(release),
        config=Unknown("no build configuration was given for this kernel") if config is None else Known(dict(config)),
        sysctls={name: Known(value) for name, value in (sysctls or {}).items()},
    )
    return Facts(
        kernel=kernel,
        component=Component(name="linux", node=node, version=upstream_told(release)),
        collected_on=collected_on,
        workloads=tuple(msgspec.structs.replace(item, node=node) for item in workloads),
    )
