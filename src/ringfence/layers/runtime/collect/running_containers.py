"""The containers that run on this host, each with its confinement out of its OCI bundle.

Read are the state directories of runc, crun and containerd, the bundles' `config.json`, and the records of Docker, Podman
and CRI-O for names and images. Where a folder may not be read, the engine is asked what it says itself. The sandbox (pause)
containers of Kubernetes pods are left out: they run no workload.
"""

import dataclasses
from collections.abc import Iterator

from msgspec.structs import replace

from ringfence.errors import RingfenceError
from ringfence.formats import oci_confinement, oci_runtime_spec
from ringfence.formats.oci_confinement import NAMESPACES
from ringfence.formats.oci_runtime_spec import RuntimeSpec
from ringfence.formats.storage_containers import StoredContainer
from ringfence.io.rooted import Rooted
from ringfence.io.world import Target, World
from ringfence.layers.runtime.collect import container_documents, container_names, engine_answers
from ringfence.layers.runtime.collect.state_directories import Running, running
from ringfence.layers.runtime.facts import Facts
from ringfence.model.confinement import Confinement, Kernel, Sharing
from ringfence.model.declare import Source
from ringfence.model.finding import Problem
from ringfence.model.knowledge import Known
from ringfence.model.linux import Namespace
from ringfence.model.location import Location
from ringfence.model.workload import Workload

SOURCE = Source(slug="running-containers", targets=("host",))

OWN_KERNEL = {"kata-containers": Kernel.GUEST, "gvisor": Kernel.SENTRY}
"""Runtimes that do not run on the host's kernel."""


def collect(target: Target, world: World) -> Iterator[Facts]:
    """One `Facts` with every running container; what cannot be read is reported."""
    if target.kind != "host":
        return
    seen: list[Problem] = []
    quiet = dataclasses.replace(world, report=seen.append)
    workloads = list(_workloads(quiet, container_names.stored(quiet)))
    known = {item.container_id for item in workloads}
    told = _told_by_engines(world, frozenset(problem.where for problem in seen))
    workloads += [item for item in told if item.container_id not in known]
    for problem in seen:
        world.report(problem)
    yield Facts(node=world.node, collected_on=world.today, workloads=tuple(workloads))


def _told_by_engines(world: World, unread: frozenset[str]) -> Iterator[Workload]:
    """Containers out of folders that could not be read, as their engines tell them."""
    for answer in engine_answers.answers(world, unread):
        made = container_documents.workload(answer.container, answer.asked, answer.version)
        cgroup = _cgroup(world.host, made.pids[0]) if made.pids else ""
        yield replace(made, node=world.node, running=True, cgroup=cgroup)


def _workloads(world: World, store: dict[str, StoredContainer]) -> Iterator[Workload]:
    for found in running(world):
        path = _config(world.host, found)
        try:
            spec = oci_runtime_spec.parse(world.host.read(path))
        except RingfenceError as cause:
            world.report(Problem(where=path, why=cause.wrong, mend=cause.mend))
            continue
        called = container_names.names(world, found, spec, store)
        if called.sandbox:
            continue
        yield Workload(
            identity=called.identity,
            confinement=_confinement(world.host, found, spec, path, called.privileged),
            node=world.node,
            running=True,
            image=called.image,
            image_digest=called.image_id,
            container_id=found.id,
            cgroup=_cgroup(world.host, found.pid),
            engine=called.engine,
            oci_runtime=found.runtime,
            pids=(found.pid,),
            location=Location(path=path),
        )


def _config(host: Rooted, found: Running) -> str:
    """The bundle's file; crun keeps a copy with its state, which lives as long as the container does."""
    inside = f"{found.bundle}/config.json"
    copy = f"/run/crun/{found.id}/config.json"
    return copy if found.runtime == "crun" and not host.exists(inside) else inside


def _confinement(host: Rooted, found: Running, spec: RuntimeSpec, path: str, privileged: bool | None) -> Confinement:
    made = oci_confinement.confinement(spec, path, privileged, _joined(host, found.pid, spec), found.runtime)
    return oci_confinement.on_kernel(made, Known(OWN_KERNEL.get(found.runtime, Kernel.HOST)))


def _joined(host: Rooted, pid: int, spec: RuntimeSpec) -> dict[Namespace, Sharing]:
    """Whose the namespaces are that the bundle names by path: the host's if the process is in the same one as we."""
    joined: dict[Namespace, Sharing] = {}
    for item in spec.namespaces:
        kind = NAMESPACES.get(item.kind)
        if kind is not None and item.path:
            same = _link(host, f"/proc/{pid}/ns/{kind.value}") == _link(host, f"/proc/self/ns/{kind.value}") != ""
            joined[kind] = Sharing.HOST if same else Sharing.OTHER
    return joined


def _link(host: Rooted, path: str) -> str:
    try:
        return host.link(path)
    except RingfenceError:
        return ""


def _cgroup(host: Rooted, pid: int) -> str:
    """The unified hierarchy's path where it is used, else that of systemd's or the first one: proc_pid_cgroup(5)."""
    try:
        lines = [line.split(":", 2) for line in host.text(f"/proc/{pid}/cgroup").splitlines()]
    except RingfenceError:
        return ""
    paths = {names: path for _, names, path in (line for line in lines if len(line) == 3) if path != "/"}
    return paths.get("") or paths.get("name=systemd") or next(iter(paths.values()), "")
