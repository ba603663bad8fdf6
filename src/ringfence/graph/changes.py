"""A graph as if changes had been made to the stack: nothing outside is touched, every judgement can be asked again."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import msgspec

from ringfence.graph.assemble import Graph
from ringfence.graph.controls import OF_CONTAINERS, Defaults, bounding, changed
from ringfence.model.access import AccessRule
from ringfence.model.change import EVERYWHERE, Change, ChangeKind
from ringfence.model.component import Component
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.linux import Namespace
from ringfence.model.node import Edge, EdgeKind, Node, NodeKind
from ringfence.model.syscall_filter import SyscallFilter
from ringfence.model.workload import WorkloadId

SHARED = ("processes", "shared")
"""The label of a pod whose containers see each other's processes."""
VERIFIED = ("verified", "yes")
"""The label of an image that is admitted only with a signature."""


@dataclass(frozen=True, slots=True)
class Supposed:
    """What a change needs to know: defaults, the version that has every known fix of a component, profiles by name.

    A profile is given for the bounding set of capabilities that a container has.
    """

    defaults: Defaults
    newest: Callable[[Component], Known[str] | Unknown]
    profiles: dict[str, Callable[[int], SyscallFilter]]


def applied(graph: Graph, changes: Iterable[Change], supposed: Supposed) -> Graph:
    """The graph after all changes, in their order."""
    for change in changes:
        graph = _after(graph, change, supposed)
    return graph


def fits(identity: WorkloadId, target: str) -> bool:
    """Whether a container is meant: by its whole name, a part of it between slashes, or because everything is."""
    return target == EVERYWHERE or f"/{target.strip('/')}/" in f"/{identity}/"


def _after(graph: Graph, change: Change, supposed: Supposed) -> Graph:
    match change.kind:
        case kind if kind in OF_CONTAINERS or kind is ChangeKind.SECCOMP_PROFILE:
            return graph.with_nodes({**dict(_containers(graph, change, supposed)), **dict(_pods(graph, change))})
        case ChangeKind.NO_TOKEN:
            return graph.without(lambda edge: edge.kind is EdgeKind.ACTS_AS and _from(graph, edge, change.target))
        case ChangeKind.NARROW_ROLE | ChangeKind.UNBIND:
            return graph.with_nodes(dict(_permissions(graph, change)))
        case ChangeKind.POD_SECURITY:
            labels = (("pod-security", change.detail or "baseline"),)
            spaces = (node for node in graph.kind(NodeKind.NAMESPACE) if change.target in (EVERYWHERE, node.label))
            return graph.with_nodes({node.id: msgspec.structs.replace(node, labels=labels) for node in spaces})
        case ChangeKind.UPDATE:
            return graph.with_nodes(dict(_components(graph, change, supposed)))
        case ChangeKind.SYSCTL:
            return graph.with_nodes(dict(_sysctl(graph, change)))
        case ChangeKind.ADMIT_SIGNED:
            images = {
                edge.source for edge in graph.edges(EdgeKind.FROM_REGISTRY) if edge.target == f"registry:{change.target}"
            }
            return graph.with_nodes(
                {key: msgspec.structs.replace(graph.nodes[key], labels=(VERIFIED,)) for key in images if key in graph.nodes}
            )
        case _:
            return graph


def _from(graph: Graph, edge: Edge, target: str) -> bool:
    node = graph.nodes.get(edge.source)
    return node is not None and node.what is not None and fits(node.what.identity, target)


def _containers(graph: Graph, change: Change, supposed: Supposed) -> Iterable[tuple[str, Node]]:
    for node in graph.kind(NodeKind.WORKLOAD):
        workload = node.what
        if workload is None or not fits(workload.identity, change.target):
            continue
        if change.kind is ChangeKind.SECCOMP_PROFILE:
            profile = supposed.profiles[change.detail](bounding(workload.confinement))
            confinement = msgspec.structs.replace(workload.confinement, syscalls=Known(profile))
        else:
            confinement = changed(workload.confinement, change, supposed.defaults)
        yield node.id, msgspec.structs.replace(node, what=msgspec.structs.replace(workload, confinement=confinement))


def _pods(graph: Graph, change: Change) -> Iterable[tuple[str, Node]]:
    """A PID namespace of its own keeps a container's processes from its neighbours in the pod."""
    if change.kind is not ChangeKind.OWN_NAMESPACE or change.detail != Namespace.PID.value:
        return
    for node in graph.kind(NodeKind.WORKLOAD):
        if node.what is not None and fits(node.what.identity, change.target):
            for pod in graph.targets(node.id, EdgeKind.PART_OF):
                yield pod, msgspec.structs.replace(graph.nodes[pod], labels=())


def _permissions(graph: Graph, change: Change) -> Iterable[tuple[str, Node]]:
    """A rule that is taken away leaves its place empty, so that the others keep their numbers."""
    number, _, _ = change.detail.partition(":")
    place = int(number) if number.isdigit() else -1
    for node in graph.kind(NodeKind.PERMISSION):
        grant = node.grant
        if grant is None:
            continue
        if change.kind is ChangeKind.UNBIND and grant.binding == change.target:
            rules: tuple[AccessRule, ...] = ()
        elif change.kind is ChangeKind.NARROW_ROLE and grant.role == change.target:
            rules = tuple(AccessRule() if index == place else rule for index, rule in enumerate(grant.rules))
        else:
            continue
        yield node.id, msgspec.structs.replace(node, grant=msgspec.structs.replace(grant, rules=rules))


def _components(graph: Graph, change: Change, supposed: Supposed) -> Iterable[tuple[str, Node]]:
    """Components meant by `NAME=VERSION`, by name, or by label; on one host or on all. The new one is upstream's."""
    wanted, _, version = change.detail.partition("=")
    for node in graph.kind(NodeKind.COMPONENT):
        component = node.component
        if component is None or wanted not in (component.name, component.label):
            continue
        if change.target not in (EVERYWHERE, component.node):
            continue
        to = Known(version) if version else supposed.newest(component)
        made = msgspec.structs.replace(component, version=to, package=None)
        yield node.id, msgspec.structs.replace(node, component=made, label=made.label)


def _sysctl(graph: Graph, change: Change) -> Iterable[tuple[str, Node]]:
    name, _, value = change.detail.partition("=")
    for node in graph.kind(NodeKind.HOST):
        if node.kernel is None or change.target not in (EVERYWHERE, node.label):
            continue
        kernel = msgspec.structs.replace(node.kernel, sysctls={**node.kernel.sysctls, name: Known(value)})
        yield node.id, msgspec.structs.replace(node, kernel=kernel)


_SAYINGS = {
    ChangeKind.DROP_PRIVILEGED: "Make {target} unprivileged",
    ChangeKind.DROP_CAPABILITY: "Drop {detail} from {target}",
    ChangeKind.SECCOMP_DEFAULT: "Put {target} under the runtime's default seccomp profile",
    ChangeKind.SECCOMP_PROFILE: "Put {target} under the seccomp profile {detail}",
    ChangeKind.SECCOMP_OFF: "Take the seccomp profile off {target}",
    ChangeKind.OWN_NAMESPACE: "Give {target} a {detail} namespace of its own",
    ChangeKind.REMOVE_MOUNT: "Take the mount of {detail} from {target}",
    ChangeKind.READ_ONLY_MOUNT: "Mount {detail} read-only into {target}",
    ChangeKind.ORDINARY_USER: "Run {target} as an ordinary user without privilege escalation",
    ChangeKind.USER_NAMESPACE: "Give {target} a user namespace of its own (hostUsers: false)",
    ChangeKind.SEPARATE_KERNEL: "Run {target} on a kernel of its own (Kata Containers, gVisor)",
    ChangeKind.LSM_OFF: "Take the AppArmor or SELinux label off {target}",
    ChangeKind.NO_TOKEN: "Keep the service account's token out of {target}",
    ChangeKind.NARROW_ROLE: "Take out of {target} the rule {detail}",
    ChangeKind.UNBIND: "Delete {target}",
    ChangeKind.POD_SECURITY: "Enforce the pod security level {detail} in the namespace {target}",
    ChangeKind.UPDATE: "Update {detail} on {target}",
    ChangeKind.SYSCTL: "Set the sysctl {detail} on {target}",
    ChangeKind.UPGRADE_PACKAGE: "Upgrade {detail} in {target}",
    ChangeKind.ADMIT_SIGNED: "Admit only signed images of {target}",
}


def said(change: Change) -> str:
    """The change as a sentence without its end."""
    target = "every host that has it" if change.target == EVERYWHERE and change.kind is ChangeKind.UPDATE else change.target
    target = "every host" if target == EVERYWHERE and change.kind is ChangeKind.SYSCTL else target
    target = "every container" if target == EVERYWHERE else target.removeprefix("image:")
    detail = change.detail.partition(": ")[2] if change.kind is ChangeKind.NARROW_ROLE else change.detail
    return _SAYINGS[change.kind].format(target=target, detail=detail)
