"""`/proc/PID/cgroup`: the control groups of a process, and the container their path names.

Source: cgroups(7), "/proc files"; the paths runtimes choose are from their documentation and were seen in use:
`docker-ID.scope`, `libpod-ID.scope`, `cri-containerd-ID.scope`, `crio-ID.scope`, `/docker/ID`, `/kubepods/.../podUID/ID`.
"""

import re

from ringfence.errors import LimitExceeded, Malformed
from ringfence.model.fact import Fact

MAX_HIERARCHIES = 256
"""Lines of one file; there are at most a dozen controllers, each may be a hierarchy of its own."""

_ID = re.compile(r"(?:^|[-:])([0-9a-f]{64})(?:\.scope)?\Z")
_POD = re.compile(
    r"(?:^|-)pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})(?:\.slice(?::[\w-]+:[0-9a-f]{64})?)?\Z"
)
_ENGINES = {"libpod": "podman", "docker": "docker", "cri-containerd": "containerd", "crio": "cri-o", "nerdctl": "containerd"}
_PREFERRED = ("", "name=systemd", "memory", "pids", "devices")
"""Hierarchies in the order in which they tell a container best; `` is the unified one (cgroup v2)."""


class Membership(Fact):
    """One hierarchy: its controllers as written (empty for cgroup v2) and the path of the process' group in it."""

    controllers: str
    path: str


class ContainerName(Fact):
    """What a cgroup path says of a container: its id (64 hex digits), and the engine where the path names one."""

    id: str
    engine: str = ""


def parse(data: bytes) -> tuple[Membership, ...]:
    """The memberships in file order. Raises `Malformed` for a line without three parts, `LimitExceeded` for too many."""
    found: list[Membership] = []
    for line in data.decode("utf-8", "replace").split("\n"):
        if not line:
            continue
        parts = line.split(":", 2)
        if len(parts) != 3:
            raise Malformed("cgroup file", "a line has no three parts")
        if len(found) >= MAX_HIERARCHIES:
            raise LimitExceeded("hierarchies of a cgroup file", MAX_HIERARCHIES)
        found.append(Membership(controllers=parts[1], path=parts[2]))
    return tuple(found)


def best_path(memberships: tuple[Membership, ...]) -> str:
    """The path that tells most of a container: one with a container id, else one that is not the root, else `/`.

    On a hybrid host the unified hierarchy often holds nothing, and a hierarchy that the engine does not use says `/`.
    """
    ranked = sorted(memberships, key=_rank)
    named = (item.path for item in ranked if container(item.path) is not None)
    nested = (item.path for item in ranked if item.path.strip("/"))
    return next(named, None) or next(nested, None) or "/"


def in_root_of(memberships: tuple[Membership, ...]) -> tuple[str, ...]:
    """The cgroup v1 hierarchies in whose root the process is, by their controllers (`rdma`, `name=systemd`)."""
    return tuple(item.controllers for item in memberships if item.controllers and item.path == "/")


def container(path: str) -> ContainerName | None:
    """The innermost container that a cgroup path names; None for a path of the host, of a pod, or of a monitor process.

    Nested containers (Kubernetes in Docker) have both ids in their path, the outer one first.
    """
    parts = path.split("/")
    for place in range(len(parts) - 1, -1, -1):
        matched = _ID.search(parts[place])
        if not matched:
            continue
        prefix = parts[place][: matched.start()]
        if "conmon" in prefix or prefix.startswith("libpod_pod"):
            # conmon watches a container from the host; a pod's slice holds containers and is none.
            return None
        above = parts[place - 1] if place else ""
        return ContainerName(id=matched.group(1), engine=_ENGINES.get(prefix, _ENGINES.get(above, "")))
    return None


def pod(path: str) -> str:
    """The UID of the innermost Kubernetes pod whose cgroup a path ends in, as the API writes it; empty if there is none.

    The kubelet calls it `kubepods/QOS/podUID` (driver cgroupfs) or `kubepods-QOS-podUID.slice` (systemd, which takes `_`
    for the UID's `-`), below a root of its own where one is set. Where runtime and kubelet disagree about the driver, the
    container's own cgroup has the slice's name and the pod has none. A pod from a file has a hash of 32 digits as its UID.
    Source: Kubernetes, pkg/kubelet/cm/pod_container_manager_linux.go and cgroup_manager_linux.go.
    """
    matched = _POD.search(path.rpartition("/")[2])
    return matched.group(1).replace("_", "-") if matched and "kubepods" in path else ""


def _rank(membership: Membership) -> int:
    names = membership.controllers.split(",")
    return min((_PREFERRED.index(name) for name in names if name in _PREFERRED), default=len(_PREFERRED))
