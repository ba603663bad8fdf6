"""What one container may do to the kernel under it: the type in which all storeys meet.

It is filled from an OCI `config.json`, from an engine's inspection, from a pod spec with the node's defaults, and from
`/proc/PID` of a live process. Whoever fills it says `Unknown(reason)` where its source cannot tell.
"""

import re
from enum import StrEnum

import msgspec

from ringfence.model.device_access import DeviceAccess
from ringfence.model.fact import Fact
from ringfence.model.knowledge import Known, Maybe, Unknown
from ringfence.model.linux import Namespace
from ringfence.model.location import Location
from ringfence.model.syscall_filter import SyscallFilter

NOT_COLLECTED = Unknown("this source does not say")
"""The default of every field: a collector that forgets one has said nothing about it."""


VOLUME = re.compile(
    r"/var/lib/docker/volumes/[^/]+/_data(/|$)"
    r"|/(var/lib|home/[^/]+/\.local/share)/containers/storage/volumes/[^/]+/_data(/|$)"
    r"|/var/lib/kubelet/pods/[^/]+/(volumes|volume-subpaths)/"
)
"""Where engines and the kubelet keep volumes made for one container or pod."""


class CapabilitySets(Fact):
    """The five sets of capabilities(7) as bit masks, of the container's first process after execve."""

    effective: int = 0
    permitted: int = 0
    inheritable: int = 0
    bounding: int = 0
    ambient: int = 0


class IdRange(Fact):
    """A line of /proc/PID/uid_map: `length` ids from `inside` on are `outside` ids of the host."""

    inside: int
    outside: int
    length: int


class Sharing(StrEnum):
    """Whose namespace a container uses."""

    OWN = "own"
    HOST = "host"
    OTHER = "other-container"


class Mount(Fact):
    """A mount of the container. `source` is a path on the host when `kind` is `bind`."""

    source: str
    destination: str
    kind: str = "bind"
    read_only: bool = False
    propagation: str = ""

    @property
    def of_host(self) -> bool:
        """Whether it is a path of the host's own, not a volume that an engine or the kubelet made for the container."""
        return self.kind == "bind" and VOLUME.match(self.source) is None


class Lsm(Fact):
    """The security module's label: `module` is `apparmor`, `selinux` or `none`; `label` a profile or context.

    `enforcing` is False for complain mode, `unconfined` and `spc_t`.
    """

    module: str
    label: str = ""
    enforcing: bool = False


class Kernel(StrEnum):
    """Whose kernel a container runs on."""

    HOST = "host"
    GUEST = "guest"
    """A virtual machine of its own (Kata Containers)."""
    SENTRY = "sentry"
    """A kernel in user space (gVisor)."""


SANDBOXES = {"kata": Kernel.GUEST, "gvisor": Kernel.SENTRY, "runsc": Kernel.SENTRY}
"""What a word in the name of an OCI runtime or a runtime class tells: the names in the projects' own guides."""


class Evidence(Fact):
    """Where the value of a field of `Confinement` was read. `assumed` marks a default that nobody wrote down."""

    field: str
    at: Location
    assumed: bool = False


class Confinement(Fact):
    """Everything that stands between one container and the kernel.

    `uid`, `gid` are those of the first process as seen inside; `uid_map`, `gid_map` what they are on the host (one range
    from 0 to 0 over all ids means no user namespace of its own). `namespaces` has an entry for every kind the source
    tells of. `mounts` are those from outside (binds, volumes, devices' file systems), not the runtime's own tmpfs.
    `masked_paths` and `read_only_paths` are those of the kernel's file systems (under /proc and /sys).
    """

    privileged: Maybe[bool] = NOT_COLLECTED
    uid: Maybe[int] = NOT_COLLECTED
    gid: Maybe[int] = NOT_COLLECTED
    uid_map: Maybe[tuple[IdRange, ...]] = NOT_COLLECTED
    gid_map: Maybe[tuple[IdRange, ...]] = NOT_COLLECTED
    capabilities: Maybe[CapabilitySets] = NOT_COLLECTED
    no_new_privileges: Maybe[bool] = NOT_COLLECTED
    syscalls: Maybe[SyscallFilter] = NOT_COLLECTED
    namespaces: Maybe[dict[Namespace, Sharing]] = NOT_COLLECTED
    lsm: Maybe[Lsm] = NOT_COLLECTED
    mounts: Maybe[tuple[Mount, ...]] = NOT_COLLECTED
    devices: Maybe[tuple[str, ...]] = NOT_COLLECTED
    device_access: Maybe[DeviceAccess] = NOT_COLLECTED
    """What the control group lets through, whether there is a node for it or not."""
    read_only_root: Maybe[bool] = NOT_COLLECTED
    masked_paths: Maybe[tuple[str, ...]] = NOT_COLLECTED
    read_only_paths: Maybe[tuple[str, ...]] = NOT_COLLECTED
    kernel: Maybe[Kernel] = NOT_COLLECTED
    filters: Maybe[int] = NOT_COLLECTED
    """How many seccomp filters are stacked on the first process, by the kernel's count (`Seccomp_filters`, Linux 5.11)."""
    root_cgroups: Maybe[tuple[str, ...]] = NOT_COLLECTED
    """The cgroup v1 hierarchies in whose root the container is, as the host sees it, by their controllers."""
    root_refused: Maybe[bool] = NOT_COLLECTED
    """Whether who starts it refuses uid 0, even where `uid` is for the image to decide (Kubernetes' `runAsNonRoot`)."""
    evidence: tuple[Evidence, ...] = ()

    def at(self, field: str) -> Location:
        """Where `field` was read; an empty location when its source kept none."""
        return next((item.at for item in self.evidence if item.field == field), Location())

    def assumed(self, field: str) -> bool:
        """Whether the value of `field` is a default that nobody wrote down."""
        return any(item.field == field and item.assumed for item in self.evidence)

    @property
    def maps_host_root(self) -> Maybe[bool]:
        """Whether some id inside is uid 0 of the host: false only with a user namespace that leaves it out."""
        match self.uid_map:
            case Unknown() as unknown:
                return unknown
            case Known(ranges):
                return Known(any(item.outside == 0 and item.length > 0 for item in ranges))


FILTER_IN_SANDBOX = Unknown(
    "a container with a kernel of its own gets its filter there only if that was asked for: disable_guest_seccomp=false of"
    " Kata, --oci-seccomp of gVisor"
)
"""Why the filter of such a container is not known: both projects leave it out by default."""


def in_sandbox(made: Confinement, kernel: Maybe[Kernel]) -> Confinement:
    """The same container on a kernel that may be its own: whether its filter is in force there is then not known."""
    own = isinstance(kernel, Known) and kernel.value is not Kernel.HOST
    unsure = own and isinstance(made.syscalls, Known) and not made.syscalls.value.absent
    return msgspec.structs.replace(made, kernel=kernel, syscalls=FILTER_IN_SANDBOX if unsure else made.syscalls)


HOST_IDS = (IdRange(inside=0, outside=0, length=4294967295),)
"""The map of the initial user namespace: every id is itself."""
