"""What Ringfence says of a container, as the prober's words: one line of text a bit, so that the two can be compared.

Everything here comes from a `Confinement`; the kernel's own settings that some operations hang on are arguments.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ringfence.formats.oci_runtime_spec import RuntimeSpec
from ringfence.model.confinement import HOST_IDS, CapabilitySets, Confinement, IdRange, Sharing
from ringfence.model.execve import Credentials, NotPermitted, Program, after_execve
from ringfence.model.knowledge import Known, Maybe, T
from ringfence.model.linux import Capability, Namespace
from ringfence.model.syscall_filter import SyscallFilter
from ringfence.model.syscall_gate import Entry, Gate

Query = tuple[Entry, int, tuple[int, ...]]

HOST, OWN, NETWORK, PIDS, NAMES, IPC = "host", "own", "net", "pid", "uts", "ipc"
OPERATIONS: dict[str, tuple[tuple[str, ...], str, str]] = {
    # What is tried: one of these capabilities is asked for, over which user namespace, the calls (with first arguments).
    "CAP_CHOWN": (("CAP_CHOWN",), OWN, "memfd_create ftruncate fchown"),
    "CAP_DAC_OVERRIDE": (("CAP_DAC_OVERRIDE",), OWN, "memfd_create ftruncate fchmod openat"),
    "CAP_DAC_READ_SEARCH": (("CAP_DAC_READ_SEARCH", "CAP_DAC_OVERRIDE"), OWN, "memfd_create ftruncate fchmod openat"),
    "CAP_FOWNER": (("CAP_FOWNER",), OWN, "openat"),
    "CAP_FSETID": (("CAP_FSETID",), HOST, "memfd_create ftruncate fchmod write newfstatat"),
    "CAP_SETGID": (("CAP_SETGID",), OWN, "setresgid"),
    "CAP_SETUID": (("CAP_SETUID",), OWN, "setresuid"),
    "CAP_SETPCAP": (("CAP_SETPCAP",), OWN, "prctl"),
    "CAP_LINUX_IMMUTABLE": (("CAP_LINUX_IMMUTABLE",), HOST, "memfd_create ftruncate ioctl"),
    "CAP_NET_BIND_SERVICE": (("CAP_NET_BIND_SERVICE",), NETWORK, "socket:2:2 bind"),
    "CAP_NET_ADMIN": (("CAP_NET_ADMIN",), NETWORK, "socket:2:2 ioctl"),
    "CAP_NET_RAW": (("CAP_NET_RAW",), NETWORK, "socket:2:3:1"),
    "CAP_IPC_LOCK": (("CAP_IPC_LOCK",), HOST, "prlimit64 mlock"),
    "CAP_IPC_OWNER": (("CAP_IPC_OWNER",), IPC, "shmget shmctl"),
    "CAP_SYS_CHROOT": (("CAP_SYS_CHROOT",), OWN, "chroot"),
    "CAP_SYS_PTRACE": (("CAP_SYS_PTRACE",), OWN, "readlink"),
    "CAP_SYS_PACCT": (("CAP_SYS_PACCT",), HOST, "acct"),
    "CAP_SYS_ADMIN": (("CAP_SYS_ADMIN",), NAMES, "sethostname"),
    "CAP_SYS_ADMIN/host": (("CAP_SYS_ADMIN",), HOST, "swapoff"),
    "CAP_SYS_BOOT": (("CAP_SYS_BOOT",), PIDS, "reboot"),
    "CAP_SYS_NICE": (("CAP_SYS_NICE",), HOST, "prlimit64 setpriority"),
    "CAP_SYS_RESOURCE": (("CAP_SYS_RESOURCE",), HOST, "prlimit64"),
    "CAP_SYS_TIME": (("CAP_SYS_TIME",), HOST, "settimeofday"),
    "CAP_SYS_TTY_CONFIG": (("CAP_SYS_TTY_CONFIG",), HOST, "vhangup"),
    "CAP_MKNOD": (("CAP_MKNOD",), HOST, "mknodat"),
    "CAP_LEASE": (("CAP_LEASE",), HOST, "openat fcntl"),
    "CAP_SETFCAP": (("CAP_SETFCAP",), OWN, "memfd_create ftruncate fsetxattr"),
    "CAP_SYSLOG": (("CAP_SYSLOG",), HOST, "syslog:9"),
    "CAP_WAKE_ALARM": (("CAP_WAKE_ALARM",), HOST, "timerfd_create"),
    "CAP_PERFMON": (("CAP_PERFMON", "CAP_SYS_ADMIN"), HOST, "perf_event_open"),
    "CAP_BPF": (("CAP_BPF", "CAP_SYS_ADMIN"), HOST, "bpf"),
    "CAP_CHECKPOINT_RESTORE": (("CAP_CHECKPOINT_RESTORE", "CAP_SYS_ADMIN"), HOST, "openat"),
}
"""From the kernel: capable() asks over the initial user namespace, ns_capable() over that of the thing that is touched."""

_KIND = {NETWORK: Namespace.NETWORK, PIDS: Namespace.PID, NAMES: Namespace.UTS, IPC: Namespace.IPC}


@dataclass(frozen=True)
class Told:
    """A confinement with every field told: in this test an unknown one is a failure."""

    sets: CapabilitySets
    filter_: SyscallFilter
    uid: int
    gid: int
    uid_map: tuple[IdRange, ...]
    gid_map: tuple[IdRange, ...]
    spaces: dict[Namespace, Sharing]
    no_new_privileges: bool

    @property
    def remapped(self) -> bool:
        return self.uid_map != HOST_IDS


def told(confinement: Confinement) -> Told:
    return Told(
        sets=_of(confinement.capabilities),
        filter_=_of(confinement.syscalls),
        uid=_of(confinement.uid),
        gid=_of(confinement.gid),
        uid_map=_of(confinement.uid_map),
        gid_map=_of(confinement.gid_map),
        spaces=_of(confinement.namespaces),
        no_new_privileges=_of(confinement.no_new_privileges),
    )


def _of(value: Maybe[T]) -> T:
    assert isinstance(value, Known), value
    return value.value


def calls(gates: dict[Entry, Gate], queries: Sequence[Query]) -> Iterator[tuple[str, str]]:
    """The filter's answer to every call."""
    for entry, number, arguments in queries:
        answers = {_word(answer.action, answer.errno) for answer in gates[entry].answers(number, (*arguments, 0))}
        yield f"call {entry.name} {number} {','.join(map(hex, arguments))}", "|".join(sorted(answers))


def _word(action: str, errno: int) -> str:
    match action:
        case "SCMP_ACT_ERRNO":
            return f"E {errno}"
        case "SCMP_ACT_TRAP":
            return "T 0"
        case "SCMP_ACT_KILL_THREAD":
            return "k 0"
        case "SCMP_ACT_KILL_PROCESS":
            return "K 0"
        case _:
            return "A 0"


def identity(known: Told) -> Iterator[tuple[str, str]]:
    """Ids, maps, the bits of the five sets, no_new_privs, whether there is a filter, and whose each namespace is."""
    yield "uid", str(known.uid)
    yield "gid", str(known.gid)
    for name, ranges in (("uid_map", known.uid_map), ("gid_map", known.gid_map)):
        yield name, ",".join(f"{item.inside} {item.outside} {item.length}" for item in ranges)
    for name in ("effective", "permitted", "inheritable", "bounding", "ambient"):
        mask = getattr(known.sets, name)
        for capability in Capability:
            yield f"{name} {capability.name}", str(mask >> capability & 1)
    yield "no_new_privs", str(int(known.no_new_privileges))
    yield "seccomp", "0" if known.filter_.absent else "2"
    for kind in Namespace:
        yield f"namespace {kind.value}", "host" if known.spaces.get(kind) is Sharing.HOST else "other"


def operations(known: Told, gate: Gate, numbers: dict[str, int]) -> Iterator[tuple[str, str]]:
    """Whether the kernel does what a capability governs: it is held over the right user namespace, and the calls pass."""
    for name, (wanted, over, needed) in OPERATIONS.items():
        held = any(known.sets.effective >> Capability[each] & 1 for each in wanted)
        initial = over == HOST or (over in _KIND and known.spaces.get(_KIND[over]) is Sharing.HOST)
        granted = held and not (known.remapped and initial)
        for call in needed.split():
            word, *given = call.split(":")
            arguments = (*map(int, given), *[0] * (6 - len(given)))
            granted = granted and all(answer.passes for answer in gate.answers(numbers[word], arguments))
        yield f"operation {name}", "granted" if granted else "denied"


def places(confinement: Confinement) -> Iterator[tuple[str, str]]:
    """Hidden and read-only paths, the root file system, and the mounts from outside."""
    masked = _of(confinement.masked_paths)
    read_only = _of(confinement.read_only_paths)
    for path in sorted({*masked, *read_only}):
        yield f"path {path}", "masked" if path in masked else "seen ro"
    yield "path /", f"seen {'ro' if _of(confinement.read_only_root) else 'rw'}"
    for mount in _of(confinement.mounts):
        yield f"path {mount.destination}", f"seen {'ro' if mount.read_only else 'rw'}"


def devices(confinement: Confinement) -> Iterator[tuple[str, str]]:
    """The device nodes besides those that every container has."""
    for path in _of(confinement.devices):
        yield f"device {path}", "there"


def reach(confinement: Confinement, spec: RuntimeSpec, runtime: str, shared: frozenset[str]) -> Iterator[tuple[str, str]]:
    """How each mount from outside reaches over. `shared` are the sources that are in a peer group on the host.

    What the specification says of the whole tree comes first, then what each mount asks for (mount(2), MS_SHARED and the
    others). Without a word runc takes `slave`, so that even a shared mount hands nothing up to the host; engines say
    `shared` as soon as one volume is. crun makes the tree private again after it has mounted everything.
    """
    base = spec.root_propagation.removeprefix("r") or ("private" if runtime == "crun" else "slave")
    for mount in _of(confinement.mounts):
        in_group = base == "shared" or mount.source in shared
        asked = mount.propagation.removeprefix("r")
        if asked == "private" or base == "private":
            word = "private"
        elif base == "shared":
            word = "slave" if asked == "slave" else "shared"
        elif asked == "shared":
            word = "shared slave" if in_group else "shared"
        else:
            word = "slave" if in_group else "private"
        yield f"propagation {mount.destination}", word


def access(confinement: Confinement, nodes: dict[str, tuple[int, int]]) -> Iterator[tuple[str, str]]:
    """Whether the control group lets each node be read, written, and both."""
    rules = _of(confinement.device_access)
    for name, (major, minor) in nodes.items():
        for letter, wanted in (("r", "r"), ("w", "w"), ("b", "rw")):
            yield f"access {name} {letter}", "granted" if rules.may(name[0], major, minor, wanted) else "denied"


PROGRAMS: dict[str, Program] = {
    "plain": Program(),
    "setuid-root": Program(set_uid=0),
    "setuid-other": Program(set_uid=1234),
    "caps-effective": Program(has_capabilities=True, permitted=1 << 13 | 1 << 5, effective=True),
    "caps-permitted": Program(has_capabilities=True, permitted=1 << 13 | 1 << 6),
    "caps-inheritable": Program(has_capabilities=True, inheritable=1 << 13 | 1 << 12 | 1 << 21),
    "caps-empty": Program(has_capabilities=True),
    "setuid-caps": Program(has_capabilities=True, permitted=1 << 13, set_uid=0),
}
"""Files beside the prober with the set-user-ID bit or capabilities of their own (CAP_NET_RAW, CAP_KILL, ...)."""


def programs(known: Told) -> Iterator[tuple[str, str]]:
    """The sets after each program was executed by the container's first process.

    Capabilities of files are version 2, written by the host's root: the kernel honours them in every user namespace below
    (security/commoncap.c, rootid_owns_currentns()), as this test found.
    """
    before = Credentials(
        sets=known.sets, real_uid=known.uid, effective_uid=known.uid, no_new_privileges=known.no_new_privileges
    )
    for name, program in PROGRAMS.items():
        match after_execve(before, program):
            case NotPermitted():
                yield f"program {name} error", "1"
            case Credentials(sets=sets, effective_uid=uid):
                for word in ("effective", "permitted", "inheritable", "bounding", "ambient"):
                    yield f"program {name} {word}", f"{getattr(sets, word):016x}"
                yield f"program {name} uid", str(uid)
