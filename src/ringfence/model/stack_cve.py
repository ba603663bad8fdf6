"""A vulnerability of the stack with its preconditions as data: what must be true for it to reach the host.

A way is a conjunction: all its preconditions at once. A CVE with several ways is reached by any of them. What each
precondition means for one container is decided in `graph`; here is only its wording.
"""

from enum import StrEnum

from ringfence.model.fact import Fact
from ringfence.model.finding import Severity


class CapabilityScope(StrEnum):
    """Over which user namespace a capability must be held."""

    INITIAL = "initial"
    ANY = "any"


class Confidence(StrEnum):
    """How sure the ways of an entry are: a source states them, they follow from its code, or they are partly known."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class HasCapability(Fact, tag="capability"):
    """Every named capability is held. With scope `any`, one over a fresh user namespace does, if one can be made.

    `fresh_flags` are the CLONE_* flags of the other namespaces that must be made with it (CLONE_NEWNET for CAP_NET_ADMIN):
    a capability over a user namespace counts only for what that namespace owns.
    """

    names: tuple[str, ...]
    scope: CapabilityScope = CapabilityScope.INITIAL
    fresh_flags: tuple[str, ...] = ()


class CanCall(Fact, tag="syscall"):
    """The container's filter lets these system calls through: all of `all_of`, and one of `any_of` if it is given.

    `arguments` are known argument values by index (`{"0": 38}` for `socket(AF_ALG)`), the same for every call named.
    """

    all_of: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    arguments: dict[str, int] = {}


class CanOpenSocket(Fact, tag="socket"):
    """The filter lets a socket of this family (`AF_ALG`) be opened, by socket or by the 32-bit socketcall.

    `protocol` is one of AF_NETLINK's (`NETLINK_ROUTE`), where it is given. Whether the kernel has the family is another
    precondition.
    """

    family: str
    protocol: str = ""


class CanMakeUserNamespace(Fact, tag="user-namespace"):
    """A user namespace can be made from inside: sysctls allow it and the filter lets unshare, clone or clone3 do it.

    `with_flags` are further CLONE_* flags wanted in the same or a later call.
    """

    with_flags: tuple[str, ...] = ()


class KernelOption(Fact, tag="kernel-config"):
    """The kernel was built with the option, as `y` or `m`."""

    option: str


class KernelModule(Fact, tag="kernel-module"):
    """The code that `option` builds is in the kernel: built in, loaded as `module`, or loaded when it is asked for."""

    module: str
    option: str


class MachineIs(Fact, tag="machine"):
    """The kernel runs on one of these machines, by uname's names (`x86_64`, `aarch64`)."""

    names: tuple[str, ...]


class KernelOfDistribution(Fact, tag="distribution"):
    """The kernel is one that these distributions (by ID of os-release) build with patches of their own."""

    names: tuple[str, ...]


class Sysctl(Fact, tag="sysctl"):
    """A sysctl has one of the values that leave the way open. A kernel without this sysctl leaves it open too."""

    name: str
    open_values: tuple[str, ...]


class CgroupVersion(Fact, tag="cgroup"):
    """A cgroup hierarchy of this version (`v1`, `v2`) can be had; `hybrid` hosts have both."""

    version: str


class InRootCgroup(Fact, tag="root-cgroup"):
    """The container is in the root cgroup of some cgroup v1 hierarchy, as the host sees it."""


class NoLsmDenial(Fact, tag="no-lsm-denial"):
    """No enforcing AppArmor or SELinux profile denies it; `operation` says what they would deny (`mount`)."""

    operation: str


class ContainerRoot(Fact, tag="container-root"):
    """A process in the container is uid 0, and that uid is the host's root (no user namespace remaps it)."""


class SharesNamespace(Fact, tag="shares-namespace"):
    """The container uses the host's namespace of this kind (`pid`, `net`, `ipc`, ...)."""

    kind: str


class HasMount(Fact, tag="mount"):
    """A host path at or under one of these is mounted; `writable` if it must be."""

    sources: tuple[str, ...]
    writable: bool = False


class HasDevice(Fact, tag="device"):
    """The container was given one of these devices (`/dev/fuse`)."""

    paths: tuple[str, ...]


class PathUnmasked(Fact, tag="path-unmasked"):
    """A path under /proc or /sys is not hidden from the container."""

    path: str


class CanGainPrivileges(Fact, tag="new-privileges"):
    """execve may give more privileges (setuid files, file capabilities): no_new_privs is not set."""


class InOwnUserNamespace(Fact, tag="own-user-namespace"):
    """The container has a user namespace of its own, as every one of a rootless engine has."""


class Privileged(Fact, tag="privileged"):
    """The container is privileged."""


class SharesHostKernel(Fact, tag="shares-host-kernel"):
    """The container runs on the host's kernel, not on a guest's or in a sentry."""


class RunsInMachine(Fact, tag="runs-in-machine"):
    """The container runs in a virtual machine of its own (Kata Containers)."""


class RunsInSentry(Fact, tag="runs-in-sentry"):
    """The container's system calls go to a kernel in user space (gVisor)."""


class Actor(StrEnum):
    """Who it takes to do something, and so from where an attack can use it."""

    INSIDE = "inside"
    """Code in the container, by itself."""
    OPERATOR = "operator"
    """A person or tool of the host that acts on the container (exec, cp): its code waits for that."""
    IMAGE = "image"
    """Who made the image that is pulled, loaded, started or built on."""
    STARTER = "starter"
    """Who may start or build containers with settings of their choice."""
    CLUSTER = "cluster"
    """Who has rights in the cluster's API."""
    HOST_USER = "host-user"
    """An ordinary user of the host, or a client of its engine."""


class AttackerActs(Fact, tag="attacker-acts"):
    """Something somebody does (starts a crafted image, execs into a container): taken as given, and shown.

    `by` says who it takes: attack paths use a way only from where such a one stands.
    """

    what: str
    by: Actor


class NeedsFact(Fact, tag="needs-fact"):
    """A condition no collector can tell yet; it leaves the way undecided unless another condition closes it."""

    what: str


KernelPrecondition = KernelOption | KernelModule | KernelOfDistribution | MachineIs | Sysctl | CgroupVersion
"""What is asked of the host's kernel, the same for every container on it (but for cgroup namespaces)."""

CallPrecondition = CanCall | CanOpenSocket
"""What is asked of the container's system call filter."""

HostTie = SharesNamespace | HasMount | HasDevice | PathUnmasked | InRootCgroup
"""What of the host's is within the container's reach."""

Precondition = (
    KernelPrecondition
    | CallPrecondition
    | HostTie
    | HasCapability
    | CanMakeUserNamespace
    | NoLsmDenial
    | ContainerRoot
    | CanGainPrivileges
    | InOwnUserNamespace
    | Privileged
    | SharesHostKernel
    | RunsInMachine
    | RunsInSentry
    | AttackerActs
    | NeedsFact
)


class Way(Fact):
    """One way in. `closed_by_fix` is false where the fixed version still permits it by design."""

    name: str
    preconditions: tuple[Precondition, ...]
    closed_by_fix: bool = True


class AffectedRange(Fact):
    """Versions from `introduced` (inclusive; empty is the beginning) to `fixed` (exclusive; empty is never fixed)."""

    introduced: str = ""
    fixed: str = ""


class Backport(Fact):
    """A distribution's own fix: in `distribution` (`debian:12`) the source `package` has it from version `fixed` on."""

    distribution: str
    package: str
    fixed: str
    source: str


class Source(Fact):
    """Where facts of an entry are from. `tells` names the fields that rest on it; empty where it is further reading."""

    url: str
    tells: tuple[str, ...] = ()


class StackCve(Fact):
    """A CVE of a kernel, runtime or orchestrator.

    `component` is a `Component.name`. For `linux`, `ranges` is the mainline range and `stable` maps a stable branch to the
    first version of it that has the fix. `gain` is what an attacker has afterwards (`node`: code on the host;
    `host-file-read`; `host-file-write`; `host-file-create`: files and folders made, empty; `confinement`: a control of the
    container is off; `secret-read`: credentials of others; `integrity`: what is built is not what was written; `denial`: the
    node stops or starves).
    """

    id: str
    title: str
    component: str
    gain: str
    severity: Severity
    ranges: tuple[AffectedRange, ...]
    ways: tuple[Way, ...]
    remedy: str
    confidence: Confidence
    sources: tuple[Source, ...]
    stable: dict[str, str] = {}
    backports: tuple[Backport, ...] = ()
    aliases: tuple[str, ...] = ()
    versions_note: str = ""
    """Set when the ranges are known to be incomplete: versions outside them are then undecided, not absent."""
    exploited: str = ""
    """Date of a report of exploitation in the wild, or empty."""

    @property
    def links(self) -> tuple[str, ...]:
        """The addresses of all sources."""
        return tuple(source.url for source in self.sources)
