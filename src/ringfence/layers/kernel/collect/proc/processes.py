"""Every process, and which container it belongs to: by the id in its cgroup path, else by its namespaces.

Source: namespaces(7), cgroups(7), proc(5). Reading another user's namespaces needs CAP_SYS_PTRACE (ptrace(2), "ptrace
access mode"); the cgroup is open to all, so that without root containers are found but not looked into.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from ringfence.errors import RingfenceError, Unavailable
from ringfence.formats import mountinfo, proc_cgroup, proc_status
from ringfence.io.rooted import Rooted
from ringfence.model.knowledge import Known, Maybe, Unknown
from ringfence.model.linux import Namespace

MAX_PROCESSES = 500_000
"""Processes looked at; the kernel's own ceiling for pid_max is 4,194,304, real hosts stay far below."""
MAX_CGROUP_BYTES = 1024 * 1024
"""Bytes of one cgroup file: at most 256 lines with a path each."""

INITIAL_PID_NAMESPACE = "pid:[4026531836]"
"""The host's pid namespace has this number on every machine (Linux include/linux/proc_ns.h, PROC_PID_INIT_INO)."""

INITIAL_CGROUP_NAMESPACE = "cgroup:[4026531835]"
"""The host's cgroup namespace has this number (PROC_CGROUP_INIT_INO)."""

KTHREADD = 2
"""The parent of all kernel threads, in the initial namespaces like the process 1 that the kernel started."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process. `namespaces` holds the links under /proc/PID/ns that could be read, empty if none could."""

    pid: int
    cgroup: str
    namespaces: Mapping[Namespace, str]


@dataclass(frozen=True, slots=True)
class Group:
    """The processes of one container. `id` is empty where nothing names it; `first` is its first process."""

    id: str
    engine: str
    cgroup: str
    first: Process
    pids: tuple[int, ...]


@dataclass(slots=True)
class ProcessTable:
    """What one pass over /proc saw.

    `init` tells the host's namespaces: process 1, or kthreadd where a hardened process 1 refuses. `unreadable` counts the
    processes whose namespaces were refused.
    """

    init: Process | None = None
    processes: list[Process] = field(default_factory=list)
    unreadable: int = 0


def read(host: Rooted) -> ProcessTable:
    """One pass over all processes; those that end while they are read are passed over."""
    table = ProcessTable()
    pids = sorted(int(name) for name in host.names("/proc") if name.isascii() and name.isdigit() and len(name) <= 10)
    for pid in pids[:MAX_PROCESSES]:
        process = _process(host, pid)
        if process is None:
            continue
        if pid == 1 or (pid == KTHREADD and _stands_for_init(table, process)):
            table.init = process
        table.processes.append(process)
    known = {process.pid for process in table.processes if process.namespaces}
    known |= {1} if table.init and table.init.namespaces else set()
    table.unreadable = sum(process.pid not in known for process in table.processes)
    return table


def grouped(host: Rooted, table: ProcessTable) -> tuple[Group, ...]:
    """The containers among the processes of `table`, by their first process.

    A container id in the cgroup path decides. Without one, a process is in a container if it has a mount namespace of its
    own and with it a pid namespace or a root file system of its own: plain runc, LXC, bubblewrap. A service with a private
    /tmp is none.
    """
    buckets: dict[str, list[Process]] = {}
    roots = _Roots(host, table.init)
    outside: set[str] = set()
    for process in table.processes:
        if process is table.init or _shares(process, table.init, Namespace.MOUNT):
            outside.add(process.cgroup)
            continue
        named = proc_cgroup.container(process.cgroup)
        if named is not None:
            buckets.setdefault(named.id, []).append(process)
        elif not process.namespaces or table.init is None or not table.init.namespaces:
            continue
        elif not _shares(process, table.init, Namespace.PID):
            buckets.setdefault(process.namespaces[Namespace.PID], []).append(process)
        elif roots.own(process):
            buckets.setdefault(process.namespaces[Namespace.MOUNT], []).append(process)
        else:
            outside.add(process.cgroup)
    groups = (_group(host, bucket, outside) for bucket in buckets.values())
    return tuple(sorted(groups, key=lambda group: group.first.pid))


def status(host: Rooted, pid: int) -> proc_status.ProcStatus | None:
    """The status of a process; None if it has ended or what it says is no status."""
    try:
        return proc_status.parse(host.read(f"/proc/{pid}/status", proc_status.MAX_STATUS_BYTES))
    except RingfenceError:
        return None


def root_cgroups(host: Rooted, pid: int) -> Maybe[tuple[str, ...]]:
    """The cgroup v1 hierarchies in whose root a process is. Paths are told relative to the reader's cgroup namespace."""
    try:
        reader = host.link("/proc/self/ns/cgroup")
    except Unavailable:
        reader = INITIAL_CGROUP_NAMESPACE  # a saved tree: whoever saved it looked from the host
    if reader != INITIAL_CGROUP_NAMESPACE:
        return Unknown("they were looked at from within a cgroup namespace")
    try:
        return Known(proc_cgroup.in_root_of(proc_cgroup.parse(host.read(f"/proc/{pid}/cgroup", MAX_CGROUP_BYTES))))
    except RingfenceError as problem:
        return Unknown(problem.diagnostics())


def _stands_for_init(table: ProcessTable, process: Process) -> bool:
    refused = table.init is None or not table.init.namespaces
    return refused and process.namespaces.get(Namespace.PID) == INITIAL_PID_NAMESPACE


def _process(host: Rooted, pid: int) -> Process | None:
    try:
        cgroup = proc_cgroup.best_path(proc_cgroup.parse(host.read(f"/proc/{pid}/cgroup", MAX_CGROUP_BYTES)))
    except RingfenceError:
        if not host.exists(f"/proc/{pid}"):
            return None
        cgroup = "/"  # a kernel without cgroups, or hidepid: the namespaces may still tell
    namespaces: dict[Namespace, str] = {}
    for kind in Namespace:
        try:
            namespaces[kind] = host.link(f"/proc/{pid}/ns/{kind.value}")
        except Unavailable:
            if kind is Namespace.CGROUP and not host.exists(f"/proc/{pid}"):
                return None
    complete = Namespace.PID in namespaces and Namespace.MOUNT in namespaces
    return Process(pid, cgroup, namespaces if complete else {})


def _shares(process: Process, other: Process | None, kind: Namespace) -> bool:
    return other is not None and kind in process.namespaces and process.namespaces[kind] == other.namespaces.get(kind)


def _group(host: Rooted, bucket: list[Process], outside: set[str]) -> Group:
    first = min(bucket, key=lambda process: _seniority(host, process))
    pids = tuple(sorted(process.pid for process in bucket))
    named = proc_cgroup.container(first.cgroup)
    if named is not None:
        return Group(named.id, named.engine, first.cgroup, first, pids)
    return Group(_plain_id(host, first, outside), "", first.cgroup, first, pids)


def _seniority(host: Rooted, process: Process) -> tuple[int, int]:
    """Pid 1 of its own namespace comes first; where the pid namespace is shared, the lowest pid."""
    seen = status(host, process.pid)
    return (seen.ns_pid if seen and seen.ns_pid is not None else process.pid, process.pid)


def _plain_id(host: Rooted, first: Process, outside: set[str]) -> str:
    """The id that runc, LXC or systemd put at the end of the cgroup path; empty if the host's processes share the cgroup."""
    if first.cgroup in outside:
        return _id_in_mounts(host, first.pid)
    parts = [part for part in first.cgroup.split("/") if part and part != "init.scope"]
    name = parts[-1].removesuffix(".scope").removesuffix(".service") if parts else ""
    for prefix in ("runc-", "crun-", "lxc.payload.", "machine-"):
        name = name.removeprefix(prefix)
    return name or _id_in_mounts(host, first.pid)


def _id_in_mounts(host: Rooted, pid: int) -> str:
    """The id in the path of a file that the engine binds into each container (rootless Podman has no cgroup of its own)."""
    for mount in mounts_of(host, pid):
        parts = mount.root.split("/")
        for before, after in pairwise(parts):
            if (before == "containers" or before.endswith("-containers")) and len(after) == 64:
                return after
    return ""


def mounts_of(host: Rooted, pid: int) -> tuple[mountinfo.MountPoint, ...]:
    """The mounts that a process sees; empty if it has ended or they may not be read."""
    try:
        return mountinfo.parse(host.read(f"/proc/{pid}/mountinfo"))
    except RingfenceError:
        return ()


class _Roots:
    """Whether a mount namespace has a root file system other than the host's, asked once for each namespace."""

    def __init__(self, host: Rooted, init: Process | None) -> None:
        self._host = host
        self._init = self._root(init.pid) if init else None
        self._known: dict[str, bool] = {}

    def own(self, process: Process) -> bool:
        namespace = process.namespaces[Namespace.MOUNT]
        if namespace not in self._known:
            root = self._root(process.pid)
            seen = status(self._host, process.pid)
            # The kernel thread kdevtmpfs has a root of its own, and is no container.
            of_the_kernel = process.pid == KTHREADD or seen is None or seen.parent == KTHREADD
            self._known[namespace] = not of_the_kernel and None not in (root, self._init) and root != self._init
        return self._known[namespace]

    def _root(self, pid: int) -> tuple[str, str] | None:
        found = mountinfo.mounted_at(mounts_of(self._host, pid), "/")
        return (found.device, found.root) if found else None
