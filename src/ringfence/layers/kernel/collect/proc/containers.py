"""A container's confinement as the kernel enforces it, read from its first process.

Source: proc(5), capabilities(7), seccomp(2), namespaces(7), user_namespaces(7).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from ringfence.errors import LimitExceeded, Malformed, RingfenceError, Unavailable
from ringfence.formats import devices_list, id_map, lsm_label, proc_cgroup
from ringfence.formats.mountinfo import MountPoint, mounted_at
from ringfence.formats.oci_confinement import OWN_DESTINATIONS, OWN_SOURCES
from ringfence.formats.proc_status import ProcStatus
from ringfence.io.rooted import Rooted
from ringfence.layers.kernel.collect.proc import processes
from ringfence.layers.kernel.collect.proc.processes import Group
from ringfence.model.component import KernelState
from ringfence.model.confinement import Confinement, Evidence, IdRange, Kernel, Lsm, Mount, Sharing
from ringfence.model.device_access import DeviceAccess
from ringfence.model.knowledge import Known, Maybe, Unknown
from ringfence.model.linux import Namespace
from ringfence.model.location import Location
from ringfence.model.syscall_filter import UNCONFINED, SyscallFilter, SyscallRule
from ringfence.model.workload import Workload, WorkloadId

STRICT = SyscallFilter(
    profile="seccomp strict mode",
    default_action="SCMP_ACT_KILL",
    rules=(SyscallRule(names=("read", "write", "exit", "rt_sigreturn"), action="SCMP_ACT_ALLOW"),),
)
"""Mode 1 of seccomp(2)."""

DEVICES = "/sys/fs/cgroup/devices"
"""Where cgroup v1's device controller is mounted (systemd's place)."""

MAX_MAP_BYTES = 64 * 1024
"""Bytes of an id map: at most 340 lines of 33 characters."""

_OVER_PROC = ("tmpfs", "devtmpfs")
_RUNTIME_KINDS = frozenset({"proc", "sysfs", "cgroup", "cgroup2", "mqueue", "devpts", "tmpfs", "overlay", "securityfs"})
"""File systems that a runtime mounts anew for a container."""
_OWN_PLACES = {"proc": "/proc", "sysfs": "/sys", "cgroup": "/sys/fs/cgroup", "cgroup2": "/sys/fs/cgroup"}
"""Where a runtime mounts a kernel file system that, with a shared namespace, is the host's very own instance."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Host:
    """What containers are compared with: the files, the kernel's settings, the host's mounts and namespaces.

    `owners` has, for every namespace of a container, the lowest first process of those that use it.
    """

    files: Rooted
    kernel: KernelState
    mounts: tuple[MountPoint, ...]
    init: processes.Process | None
    owners: Mapping[str, int]


def owners(groups: tuple[Group, ...]) -> dict[str, int]:
    """Which container each namespace belongs to, by its first process: where two share one, the elder's."""
    found: dict[str, int] = {}
    for group in groups:
        for link in group.first.namespaces.values():
            found[link] = min(group.first.pid, found.get(link, group.first.pid))
    return found


def workload(host: Host, group: Group) -> Workload | None:
    """The container that `group` is; None if its first process has ended meanwhile."""
    seen = processes.status(host.files, group.first.pid)
    if seen is None:
        return None
    name = group.id[:12] if len(group.id) == 64 else group.id
    return Workload(
        identity=WorkloadId(name=name or f"pid-{group.first.pid}"),
        confinement=_confinement(host, group, seen),
        node=host.kernel.node,
        running=True,
        container_id=group.id,
        cgroup=group.cgroup,
        engine=group.engine,
        pids=group.pids,
        location=Location(path=f"/proc/{group.first.pid}"),
    )


def _confinement(host: Host, group: Group, seen: ProcStatus) -> Confinement:
    pid = group.first.pid
    uid_map, gid_map = _ids(host.files, pid, "uid_map"), _ids(host.files, pid, "gid_map")
    mounts = processes.mounts_of(host.files, pid)
    unseen = Unknown(f"the mounts of process {pid} could not be read")
    root = mounted_at(mounts, "/")
    return Confinement(
        privileged=Unknown("this is an engine's word for many settings at once; /proc has none for it"),
        uid=_inside(uid_map, seen.uid),
        gid=_inside(gid_map, seen.gid),
        uid_map=uid_map,
        gid_map=gid_map,
        capabilities=_or_unknown(seen.capabilities, "this kernel writes no capability sets"),
        no_new_privileges=_or_unknown(seen.no_new_privileges, "this kernel does not write no_new_privs (before 4.10)"),
        syscalls=_syscalls(seen.seccomp),
        filters=_or_unknown(seen.filters, "this kernel does not count filters (before 5.11)"),
        namespaces=_sharing(host, group),
        lsm=_label(host, pid),
        mounts=Known(tuple(_from_outside(host.mounts, mounts))) if mounts and host.mounts else unseen,
        devices=Unknown("/proc does not show which devices the cgroup lets through"),
        device_access=_device_access(host.files, pid),
        read_only_root=Known(root.read_only) if root else unseen,
        masked_paths=Known(_masked(mounts)) if mounts else unseen,
        read_only_paths=Known(_read_only(mounts)) if mounts else unseen,
        kernel=Known(Kernel.HOST),
        root_cgroups=processes.root_cgroups(host.files, pid),
        evidence=_evidence(pid),
    )


def _evidence(pid: int) -> tuple[Evidence, ...]:
    places = {
        "uid": ("status", "Uid"),
        "gid": ("status", "Gid"),
        "uid_map": ("uid_map", ""),
        "gid_map": ("gid_map", ""),
        "capabilities": ("status", "CapEff"),
        "no_new_privileges": ("status", "NoNewPrivs"),
        "syscalls": ("status", "Seccomp"),
        "filters": ("status", "Seccomp_filters"),
        "namespaces": ("ns", ""),
        "lsm": ("attr/current", ""),
        "mounts": ("mountinfo", ""),
        "device_access": ("cgroup", ""),
        "read_only_root": ("mountinfo", ""),
        "masked_paths": ("mountinfo", ""),
        "read_only_paths": ("mountinfo", ""),
        "root_cgroups": ("cgroup", ""),
    }
    return tuple(
        Evidence(field=name, at=Location(path=f"/proc/{pid}/{file}", field=line)) for name, (file, line) in places.items()
    )


def _or_unknown(value: T | None, reason: str) -> Known[T] | Unknown:
    return Unknown(reason) if value is None else Known(value)


def _ids(files: Rooted, pid: int, name: str) -> Maybe[tuple[IdRange, ...]]:
    try:
        return Known(id_map.parse(files.read(f"/proc/{pid}/{name}", MAX_MAP_BYTES)))
    except (Unavailable, LimitExceeded, Malformed) as problem:
        return Unknown(problem.diagnostics())


def _inside(ranges: Maybe[tuple[IdRange, ...]], outside: int) -> Maybe[int]:
    match ranges:
        case Unknown() as unknown:
            return unknown
        case Known(value):
            return _or_unknown(id_map.inside(value, outside), f"the id {outside} has no name inside its user namespace")


def _syscalls(mode: int | None) -> Maybe[SyscallFilter]:
    match mode:
        case 0:
            return Known(UNCONFINED)
        case 1:
            return Known(STRICT)
        case 2:
            return Unknown("a filter is loaded; /proc does not show what it allows")
        case _:
            return Unknown("this kernel does not write the seccomp mode")


def _sharing(host: Host, group: Group) -> Maybe[dict[Namespace, Sharing]]:
    """Whose each namespace is. Where two containers share one, it belongs to the one with the lower first pid."""
    mine, init = group.first.namespaces, host.init.namespaces if host.init else {}
    if not mine or not init:
        return Unknown("the namespaces of other processes may not be read; run as root")
    shared: dict[Namespace, Sharing] = {}
    for kind, link in mine.items():
        if kind in init and init[kind] == link:
            shared[kind] = Sharing.HOST
        elif host.owners.get(link, group.first.pid) != group.first.pid:
            shared[kind] = Sharing.OTHER
        else:
            shared[kind] = Sharing.OWN
    return Known(shared)


def _device_access(files: Rooted, pid: int) -> Maybe[DeviceAccess]:
    """The list of the device controller of cgroup v1; on v2 it is a BPF program, which says nothing."""
    try:
        memberships = proc_cgroup.parse(files.read(f"/proc/{pid}/cgroup", processes.MAX_CGROUP_BYTES))
        path = next((item.path for item in memberships if "devices" in item.controllers.split(",")), None)
        if path is None:
            return Unknown("on cgroup v2 the rules about devices are a BPF program, which /proc does not show")
        return Known(devices_list.parse(files.read(f"{DEVICES}{path}/devices.list")))
    except RingfenceError as problem:
        return Unknown(problem.diagnostics())


def _label(host: Host, pid: int) -> Maybe[Lsm]:
    lsms = host.kernel.lsms
    if isinstance(lsms, Known) and not {"apparmor", "selinux", "smack", "tomoyo"} & set(lsms.value):
        return Known(Lsm(module="none"))
    try:
        label = lsm_label.parse(host.files.read(f"/proc/{pid}/attr/current", lsm_label.MAX_LABEL_BYTES))
    except RingfenceError as problem:
        return Unknown(problem.diagnostics())
    if label.module != "selinux" or not label.enforcing:
        return Known(label)
    try:
        enforce = host.files.text("/sys/fs/selinux/enforce", 16)
    except (Unavailable, LimitExceeded) as problem:
        return Unknown(f"the label is {label.label}, but whether SELinux enforces is not visible: {problem.diagnostics()}")
    return Known(label if enforce == "1" else Lsm(module="selinux", label=label.label))


def _from_outside(host: tuple[MountPoint, ...], mounts: tuple[MountPoint, ...]) -> list[Mount]:
    """The mounts whose file system is the host's or a device's, not one that the runtime made for this container.

    The files that an engine writes for each container are left out as they are where its own configuration is read.
    """
    found: list[Mount] = []
    by_device: dict[str, list[MountPoint]] = {}
    for item in host:
        by_device.setdefault(item.device, []).append(item)
    for mount in mounts:
        place = _OWN_PLACES.get(mount.kind)
        if mount.point == "/" or (place and (mount.point == place or mount.point.startswith(f"{place}/"))):
            continue
        source, kind = _source_on_host(by_device.get(mount.device, []), mount.root), "bind"
        if not source:
            if mount.kind in _RUNTIME_KINDS:
                continue
            source, kind = mount.source, mount.kind
        if mount.point in OWN_DESTINATIONS and OWN_SOURCES.search(source):
            continue
        found.append(
            Mount(
                source=source,
                destination=mount.point,
                kind=kind,
                read_only=mount.read_only,
                propagation=mount.propagation,
            )
        )
    return found


def _source_on_host(candidates: list[MountPoint], root: str) -> str:
    """The host path at which `root` of a file system shows; empty if the host has that file system nowhere."""
    best: MountPoint | None = None
    for item in candidates:
        under = item.root in ("/", root) or root.startswith(f"{item.root}/")
        if under and (best is None or len(item.root) > len(best.root)):
            best = item
    if best is None:
        return ""
    rest = root.removeprefix(best.root).strip("/")
    return f"{best.point.rstrip('/')}/{rest}".rstrip("/") or "/"


def _masked(mounts: tuple[MountPoint, ...]) -> tuple[str, ...]:
    """Paths under /proc and /sys that an empty directory or /dev/null hides; a path this kernel lacks needs no mask."""
    places = {
        item.point
        for item in mounts
        if item.kind in _OVER_PROC and item.point.startswith(("/proc/", "/sys/")) and item.point != "/sys/fs/cgroup"
    }
    return tuple(sorted(places))


def _read_only(mounts: tuple[MountPoint, ...]) -> tuple[str, ...]:
    """Paths under /proc that are mounted once more, read-only; a path this kernel lacks needs no guard."""
    return tuple(
        sorted({item.point for item in mounts if item.kind == "proc" and item.point.startswith("/proc/") and item.read_only})
    )
