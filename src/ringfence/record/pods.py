"""Kubernetes pods on this node: found by what the kubelet leaves behind, their processes by control group.

No API server and no runtime is asked. Source: Kubernetes, pkg/kubelet/kuberuntime/helpers.go (`/var/log/pods`) and
legacy.go (`/var/log/containers`).
"""

import re
from dataclasses import dataclass

from ringfence.errors import LimitExceeded, Malformed, Unavailable, WrongUsage
from ringfence.formats import mountinfo, proc_cgroup
from ringfence.io.rooted import Rooted
from ringfence.record.tables import MAX_GROUPS

POD_LOGS = "/var/log/pods"
"""Directories `NAMESPACE_NAME_UID`, made for every pod before its first container."""
CONTAINER_LOGS = "/var/log/containers"
"""Links `POD_NAMESPACE_CONTAINER-ID.log`."""
CONTROLLERS = ("memory", "pids", "devices", "cpu", "cpuset", "blkio", "freezer")
"""Controllers of cgroup v1 through which a process is looked for. The kernel calls them so (`enum cgroup_subsys_id`)."""
MAX_PIDS_BYTES = 4 * 1024 * 1024
"""Of one list of processes: as many as a host may have."""
_KERNEL_NAMES = {"blkio": "io"}
"""But this one."""
_UID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}")
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?/[a-z0-9]([-.a-z0-9]*[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """A mounted hierarchy of control groups; `controller` is the kernel's name of one it has, empty for cgroup v2."""

    point: str
    controller: str = ""


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod, or one container of it, that runs: its control groups in one hierarchy, as directories and by number."""

    name: str
    engine: str
    hierarchy: Hierarchy
    folders: tuple[str, ...]
    groups: tuple[int, ...]

    def members(self, host: Rooted) -> frozenset[int]:
        """Every process in the groups now, and in those below them."""
        return _members(host, self.folders)


def find(wanted: str, host: Rooted, container: str = "") -> Pod:
    """The pod `NAMESPACE/NAME`, or of that UID, on this node. With `container` only that container of it.

    Raises `WrongUsage` for what names no pod, `Unavailable` if it is not here or has no process.
    """
    uids = _uids(wanted, host)
    ids = _container_ids(wanted, host, container) if container else frozenset()
    name = f"{wanted}/{container}" if container else wanted
    seen = False
    for hierarchy in hierarchies(host):
        folders = _folders(host, hierarchy, uids, ids)
        if len(folders) > MAX_GROUPS:
            raise LimitExceeded("control groups of one pod", MAX_GROUPS, where=name)
        seen = seen or bool(folders)
        if _members(host, folders):
            groups = tuple(host.inode(folder) for folder in folders)
            return Pod(name, _engine(host, folders), hierarchy, folders, groups)
    what = "has no process" if seen else "has no control group on this host"
    raise Unavailable(what, where=name, mend="record it on the node it runs on, as root: kubectl get pod -o wide")


def hierarchies(host: Rooted) -> tuple[Hierarchy, ...]:
    """The mounted hierarchies in which the kernel can be asked for a process's group, cgroup v2 first."""
    mounts = mountinfo.parse(host.read("/proc/self/mountinfo"))
    found = [Hierarchy(item.point) for item in mounts if item.kind == "cgroup2"]
    for name in CONTROLLERS:
        kernels = _KERNEL_NAMES.get(name, name)
        found += [Hierarchy(item.point, kernels) for item in mounts if item.kind == "cgroup" and name in item.super_options]
    return tuple(found)


def _uids(wanted: str, host: Rooted) -> frozenset[str]:
    if _UID.fullmatch(wanted):
        return frozenset({wanted})
    if not _NAME.fullmatch(wanted):
        raise WrongUsage("is no pod", where=wanted, mend="write NAMESPACE/NAME, or the pod's UID")
    parts = (name.split("_") for name in host.names(POD_LOGS))
    found = frozenset(part[2] for part in parts if len(part) == 3 and f"{part[0]}/{part[1]}" == wanted)
    if not found:
        mend = "give its UID: kubectl get pod NAME -o jsonpath={.metadata.uid}"
        raise Unavailable(f"the kubelet has no such pod here ({POD_LOGS})", where=wanted, mend=mend)
    return found


def _container_ids(wanted: str, host: Rooted, container: str) -> frozenset[str]:
    namespace, _, pod = wanted.partition("/")
    if not pod:
        raise WrongUsage("a container needs its pod as NAMESPACE/NAME", where=wanted, mend="or leave --container out")
    start, names = f"{pod}_{namespace}_{container}-", host.names(CONTAINER_LOGS)
    found = frozenset(name.removeprefix(start).removesuffix(".log") for name in names if name.startswith(start))
    if not found:
        have = sorted({name.split("_")[2].rpartition("-")[0] for name in names if name.startswith(f"{pod}_{namespace}_")})
        mend = f"it has: {', '.join(have)}" if have else f"{CONTAINER_LOGS} has none of this pod: record it whole"
        raise Unavailable("the pod has no such container here", where=container, mend=mend)
    return found


def _folders(host: Rooted, hierarchy: Hierarchy, uids: frozenset[str], ids: frozenset[str]) -> tuple[str, ...]:
    """The pod's groups in a hierarchy, or those of the containers `ids` in them."""
    found: list[str] = []
    for entry in host.walk(hierarchy.point):
        if not entry.is_directory or entry.path.startswith(tuple(f"{folder}/" for folder in found)):
            continue
        place = f"/{entry.path}".removeprefix(hierarchy.point)
        inside = any(proc_cgroup.pod(part) in uids for part in _prefixes(place))
        named = proc_cgroup.container(place) if ids else None
        if inside and (not ids or (named is not None and named.id in ids)):
            found.append(entry.path)
    return tuple(f"/{folder}" for folder in found)


def _prefixes(path: str) -> tuple[str, ...]:
    parts = path.split("/")
    return tuple("/".join(parts[: count + 1]) for count in range(1, len(parts)))


def _members(host: Rooted, folders: tuple[str, ...]) -> frozenset[int]:
    found: set[int] = set()
    for folder in folders:
        lists = [f"{folder}/cgroup.procs"]
        lists += [f"/{entry.path}" for entry in host.walk(folder) if entry.path.endswith("/cgroup.procs")]
        for path in lists:
            try:
                found |= {int(word) for word in host.text(path, MAX_PIDS_BYTES).split()}
            except Unavailable:
                continue  # the group is gone, or its threads are listed by a group above it
            except ValueError as cause:
                raise Malformed(path, "a line is no number") from cause
    # 0 is a process that our own pid namespace does not have.
    return frozenset(found - {0})


def _engine(host: Rooted, folders: tuple[str, ...]) -> str:
    """The runtime that named the containers' groups; empty if the names say nothing."""
    for folder in folders:
        # What is above may name a container too: the node's own, where nodes are containers.
        above = folder.rpartition("/")[0]
        for path in (folder, *(f"/{entry.path}" for entry in host.walk(folder) if entry.is_directory)):
            named = proc_cgroup.container(path.removeprefix(above))
            if named is not None and named.engine:
                return named.engine
    return ""
