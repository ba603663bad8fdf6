"""Explains a container's confinement: its interfaces to the kernel, beside what its engine gives unasked.

The kernel is the one asked for, else the one the container was seen on; where none is known, one that has everything and
restricts nothing. A container in a machine or sentry of its own is judged on that kernel, of which little is known.
"""

from dataclasses import dataclass

import msgspec

from ringfence.engine import impacts
from ringfence.engine.storeys import Gathered
from ringfence.engine.target_kernel import meaning
from ringfence.errors import WrongUsage
from ringfence.graph import kernel_interfaces as graph_interfaces
from ringfence.graph.assemble import Graph
from ringfence.graph.target_kernel import TargetKernel
from ringfence.knowledge import runtime_defaults
from ringfence.knowledge.default_containers import SHARED
from ringfence.knowledge.kernel_interfaces import kernel_interfaces
from ringfence.knowledge.runtime_defaults import RuntimeDefaults
from ringfence.knowledge.system_calls import system_calls
from ringfence.model.component import Component, KernelState
from ringfence.model.confinement import HOST_IDS, CapabilitySets, Confinement, Kernel, Sharing
from ringfence.model.explanation import Against, Explanation
from ringfence.model.kernel_interface import Exposure, InterfaceAnswer
from ringfence.model.knowledge import Known, Unknown, known_or
from ringfence.model.linux import Namespace, names_of
from ringfence.model.node import EdgeKind, NodeKind, component_id, host_id
from ringfence.model.on_kernel import OnKernel
from ringfence.model.syscall_filter import SyscallFilter
from ringfence.model.workload import Workload

FALLBACK = "containerd"
"""The engine of a workload that nobody runs yet, as for every manifest (docs/limits.md)."""
ARCHITECTURES = ("x86_64", "aarch64")
USED = frozenset(Exposure) - {Exposure.CLOSED, Exposure.ABSENT}
"""What counts as within reach when two containers are compared."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user asks for besides: the engine to compare with (`docker` or `docker=29.4.1`), a kernel, a machine."""

    against: str = ""
    kernel: TargetKernel | None = None
    architecture: str = ""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a container is judged: the kernel, its name for people, whether it is assumed."""

    kernel: KernelState
    name: str
    assumed: bool = False


def workloads(gathered: tuple[Gathered, ...]) -> tuple[Graph, tuple[Workload, ...]]:
    """Every container once, as all storeys together know it, by name; and the graph they are in."""
    graph = impacts.graph_of(gathered)
    found = (node.what for node in graph.nodes.values() if node.what is not None)
    return graph, tuple(sorted(found, key=lambda item: (str(item.identity), item.container_id)))


def explained(workload: Workload, graph: Graph, wish: Wish = Wish()) -> Explanation:
    """Everything about one container. Raises `Unavailable` for an engine unknown here, `WrongUsage` for a machine."""
    place = _place(workload, graph, wish)
    architecture = place.kernel.architecture
    engine, version = _engine(workload, graph, wish)
    release = known_or(place.kernel.release, "") if not place.assumed else ""
    confinement = _on_machine(workload.confinement, workload.engine or FALLBACK, architecture, release)
    answers = graph_interfaces.survey(kernel_interfaces(), confinement, place.kernel)
    filter_ = confinement.syscalls
    table = system_calls(architecture).numbers
    passing = None
    if isinstance(filter_, Known):
        passing = len(graph_interfaces.let_through(filter_.value, table, architecture))
    return Explanation(
        identity=workload.identity,
        confinement=confinement,
        node=workload.node,
        running=workload.running,
        image=workload.image,
        image_digest=workload.image_digest,
        container_id=workload.container_id,
        cgroup=workload.cgroup,
        engine=workload.engine,
        oci_runtime=workload.oci_runtime,
        pids=workload.pids,
        secrets=workload.secrets,
        location=workload.location,
        judged_on=place.name,
        assumed_kernel=place.assumed,
        architecture=architecture,
        passing=passing,
        calls=len(table),
        interfaces=answers,
        there=_there(workload, confinement, graph, wish),
        against=_against(confinement, answers, place, (engine, version, release)),
    )


def _there(workload: Workload, confinement: Confinement, graph: Graph, wish: Wish) -> OnKernel | None:
    """By what the kernel asked for has at all; a guest's or a kernel in user space is not that one."""
    if wish.kernel is None or workload.confinement.kernel in (Known(Kernel.GUEST), Known(Kernel.SENTRY)):
        return None
    seen = graph.nodes.get(host_id(workload.node)) if workload.node else None
    return meaning(confinement, wish.kernel.kernel, seen.kernel if seen else None)


def _place(workload: Workload, graph: Graph, wish: Wish) -> _Place:
    if wish.architecture and wish.architecture not in ARCHITECTURES:
        raise WrongUsage(
            f"has no table of system calls here: {wish.architecture}",
            where="--arch",
            mend=f"one of {', '.join(ARCHITECTURES)}",
        )
    return _kernel(workload, graph, wish)


def _built_for(kernel: KernelState, architecture: str) -> KernelState:
    return msgspec.structs.replace(kernel, architecture=architecture)


def _kernel(workload: Workload, graph: Graph, wish: Wish) -> _Place:
    whose = known_or(workload.confinement.kernel, Kernel.HOST)
    seen = graph.nodes.get(host_id(workload.node)) if workload.node else None
    host = wish.kernel.kernel if wish.kernel else seen.kernel if seen else None
    architecture = host.architecture if host and host.architecture in ARCHITECTURES else ARCHITECTURES[0]
    anything = graph_interfaces.permissive(kernel_interfaces(), wish.architecture or architecture)
    if whose is Kernel.GUEST:
        return _Place(anything, _guest(workload, graph), assumed=True)
    if whose is Kernel.SENTRY:
        return _Place(anything, "gVisor's sentry", assumed=True)
    if host is None:
        return _Place(anything, "any kernel", assumed=True)
    release = known_or(host.release, "of unknown release")
    machine = wish.architecture or architecture
    return _Place(_built_for(host, machine), f"Linux {release} ({machine}, {host.node})")


def _guest(workload: Workload, graph: Graph) -> str:
    """The guest's kernel as the host's configuration of Kata names it."""
    for key in graph.targets(host_id(workload.node), EdgeKind.HAS) if workload.node else ():
        component = graph.nodes[key].component if key in graph.nodes else None
        if component and component.guest:
            return f"a guest's Linux {known_or(component.version, 'of unknown version')}"
    return "a guest's Linux"


def _engine(workload: Workload, graph: Graph, wish: Wish) -> tuple[str, str]:
    """The engine to compare with and its version: the one asked for, else the container's own as installed there."""
    if wish.against:
        engine, _, version = wish.against.partition("=")
        return engine, version
    engine = workload.engine or FALLBACK
    for node in graph.kind(NodeKind.COMPONENT) if workload.node else ():
        own = node.component
        if own and node.id == component_id(workload.node, engine):
            return engine, _version(own)
    return engine, ""


def _version(component: Component) -> str:
    return known_or(component.version, "")


def _on_machine(confinement: Confinement, engine: str, architecture: str, release: str) -> Confinement:
    """A default profile that was resolved for x86-64 and the newest kernel, as this machine and kernel get it."""
    if not isinstance(confinement.syscalls, Known) or not isinstance(confinement.capabilities, Known):
        return confinement
    mask = confinement.capabilities.value.bounding
    for profile in runtime_defaults.profiles():
        if profile.runtime == engine and runtime_defaults.filter_of(profile, mask) == confinement.syscalls.value:
            there = runtime_defaults.filter_of(profile, mask, release, architecture)
            return msgspec.structs.replace(confinement, syscalls=Known(there))
    return confinement


def _against(
    confinement: Confinement, answers: tuple[InterfaceAnswer, ...], place: _Place, other: tuple[str, str, str]
) -> Against:
    engine, version, release = other
    architecture = place.kernel.architecture
    mask = runtime_defaults.default_capabilities(engine)
    default = runtime_defaults.default_filter(engine, mask, release, version, architecture)
    usual = _usual(runtime_defaults.defaults(engine, version), mask, default, confinement)
    theirs = _within_reach(graph_interfaces.survey(kernel_interfaces(), usual, place.kernel))
    mine = _within_reach(answers)
    calls = _calls(confinement, default, architecture)
    bounding = confinement.capabilities.value.bounding if isinstance(confinement.capabilities, Known) else mask
    masked = known_or(confinement.masked_paths, known_or(usual.masked_paths, ()))
    return Against(
        engine=engine,
        version=version,
        capabilities_more=names_of(bounding & ~mask),
        capabilities_fewer=names_of(mask & ~bounding),
        calls_more=calls.more,
        calls_fewer=calls.fewer,
        interfaces_more=tuple(name for name in mine if name not in theirs),
        interfaces_fewer=tuple(name for name in theirs if name not in mine),
        paths_more=tuple(path for path in known_or(usual.masked_paths, ()) if path not in masked),
    )


def _calls(confinement: Confinement, default: SyscallFilter, architecture: str) -> graph_interfaces.Difference:
    match confinement.syscalls:
        case Known(filter_):
            return graph_interfaces.difference(filter_, default, system_calls(architecture).numbers, architecture)
        case Unknown():
            return graph_interfaces.Difference()


def _within_reach(answers: tuple[InterfaceAnswer, ...]) -> tuple[str, ...]:
    return tuple(item.name for item in answers if item.exposure in USED)


def _usual(own: RuntimeDefaults, mask: int, default: SyscallFilter, confinement: Confinement) -> Confinement:
    """The engine's container that asks for nothing: root, with its capabilities and profile; namespaces of its own."""
    return Confinement(
        uid=Known(0),
        gid=Known(0),
        uid_map=Known(HOST_IDS),
        gid_map=Known(HOST_IDS),
        capabilities=Known(CapabilitySets(effective=mask, permitted=mask, bounding=mask)),
        no_new_privileges=Known(own.no_new_privileges),
        syscalls=Known(default),
        namespaces=Known({kind: Sharing.HOST if kind in SHARED else Sharing.OWN for kind in Namespace}),
        devices=Known(()),
        mounts=Known(()),
        masked_paths=Known(own.masked_paths),
        kernel=confinement.kernel,
        lsm=confinement.lsm,
    )
