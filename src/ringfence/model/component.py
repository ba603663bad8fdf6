"""A component of the stack: a kernel, a runtime, an orchestrator, in one place and at one version."""

from ringfence.model.fact import Fact
from ringfence.model.knowledge import Known, Maybe, Unknown
from ringfence.model.package import Package


class Component(Fact):
    """An instance of shared infrastructure.

    `name` is one of the stack's: `linux`, `runc`, `crun`, `containerd`, `cri-o`, `podman`, `docker`, `buildah`,
    `buildkit`, `kata-containers`, `gvisor`, `kubernetes`, or that of another runtime. `version` is upstream's (`6.1.119`,
    `1.1.5`), `package` what the distribution calls it, which decides about backported fixes. `path` is the binary. `calls`
    names the components this one starts others with (an engine's OCI runtimes), the default first.
    """

    name: str
    node: str
    version: Maybe[str]
    package: Package | None = None
    path: str = ""
    calls: tuple[str, ...] = ()
    guest: bool = False
    """A kernel in a virtual machine of its own (Kata Containers), beside the host's."""
    config: Maybe[dict[str, str]] = Unknown("the guest's kernel was not looked into")
    """Of a guest's kernel its build options, as in `KernelState.config`."""

    @property
    def label(self) -> str:
        """For people: `runc 1.1.5 (1.1.5+ds1-1+deb12u1)`."""
        shown = self.version.value if isinstance(self.version, Known) else "of unknown version"
        name = f"guest {self.name}" if self.guest else self.name
        return f"{name} {shown}" + (f" ({self.package.version})" if self.package else "")


class KernelState(Fact):
    """What a kernel is and how it is set, as far as a precondition may ask.

    `release` is uname's; `config` has the build options (`CONFIG_USER_NS` -> `y`), an option not set is absent;
    `sysctls` has each asked-for sysctl by its dotted name, `Unknown` when it cannot be read, `Known("")` when this
    kernel has none of that name; `lsms` in order; `cgroups` is `v1`, `v2` or `hybrid`; `modules` are those loaded.
    """

    node: str
    release: Maybe[str]
    config: Maybe[dict[str, str]] = Unknown("the kernel's build configuration was not found")
    sysctls: dict[str, Known[str] | Unknown] = {}
    lsms: Maybe[tuple[str, ...]] = Unknown("the list of security modules was not read")
    cgroups: Maybe[str] = Unknown("the cgroup mounts were not read")
    modules: Maybe[tuple[str, ...]] = Unknown("the list of loaded modules was not read")
    module_files: Maybe[tuple[str, ...]] = Unknown("the modules on disk were not listed")
    """Modules built for this release that lie on disk, by the kernel's name (`nf_tables`, `af_packet`)."""
    barred_modules: Maybe[tuple[str, ...]] = Unknown("the configuration of modprobe was not read")
    """Modules that modprobe is told not to load at all (`install NAME /bin/false`)."""
    distribution: str = ""
    """`ID:VERSION_ID` of os-release (`debian:12`)."""
    architecture: str = "x86_64"
    livepatches: tuple[str, ...] = ()
    """Live patches in force, by name. What they mend is not in them: a fault they may have mended stays undecided."""
