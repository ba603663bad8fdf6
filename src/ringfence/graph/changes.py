"""A graph as if changes had been made to the stack: nothing outside is touched, every judgement can be asked again."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import msgspec

from ringfence.graph.assemble import Graph
from ringfence.graph.controls import OF_CONTAINERS, Defaults, bounding, changed
from ringfence.graph.owners import fits
from ringfence.model.access import AccessRule
from ringfence.model.change import EVERYWHERE, Change, ChangeKind
from ringfence.model.component import Component
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.linux import Namespace
from ringfence.model.node import Edge, EdgeKind, Node, NodeKind
from ringfence.model.syscall_filter import SyscallFilter

SHARED = ("processes", "shared")
"""The label of a pod whose containers see each other's processes."""
OUTSIDE = frozenset(("internet", "node-network", "chosen-networks"))
"""Places outside of the cluster's own network (`model.node.exposure_id`)."""
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


def _after(graph: Graph, change: Change, supposed: Supposed) -> Graph:
    match change.kind:
        case kind if kind in OF_CONTAINERS or kind is ChangeKind.SECCOMP_PROFILE:
            return graph.with_nodes({**dict(_containers(graph, change, supposed)), **dict(_pods(graph, change))})
        case ChangeKind.NO_TOKEN:
            return graph.without(lambda edge: edge.kind is EdgeKind.ACTS_AS and _from(graph, edge, change.target))
        case ChangeKind.ISOLATE:
            return graph.without(lambda edge: edge.kind is EdgeKind.EXPOSES and _is_let_in(graph, edge, change.target))
        case ChangeKind.LEAVE_GROUP:
            return graph.without(lambda edge: edge.kind is EdgeKind.COMMANDS and _named(graph, edge.source, change.target))
        case ChangeKind.CLOSE_API:
            return graph.without(lambda edge: edge.kind is EdgeKind.EXPOSES and _is_api(graph, edge, change))
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
    return node is not None and fits(node, target)


def _named(graph: Graph, key: str, target: str) -> bool:
    return target == EVERYWHERE or (key in graph.nodes and graph.nodes[key].label == target)


def _is_api(graph: Graph, edge: Edge, change: Change) -> bool:
    """Whether an edge exposes an engine (of a host, or of all) to a network."""
    node = graph.nodes.get(edge.target)
    component = node.component if node else None
    return component is not None and change.detail in ("", component.name) and change.target in (EVERYWHERE, component.node)


def _is_let_in(graph: Graph, edge: Edge, target: str) -> bool:
    """Whether an edge lets other pods of the cluster into a container that is meant."""
    place, node = edge.source.rpartition("/")[2], graph.nodes.get(edge.target)
    return place not in OUTSIDE and node is not None and fits(node, target)


def _containers(graph: Graph, change: Change, supposed: Supposed) -> Iterable[tuple[str, Node]]:
    for node in graph.kind(NodeKind.WORKLOAD):
        workload = node.what
        if workload is None or not fits(node, change.target):
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
        if fits(node, change.target):
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
    _, _, version = change.detail.partition("=")
    for node in graph.kind(NodeKind.COMPONENT):
        component = node.component
        if component is None or not _is_meant(component, change):
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


def meant(graph: Graph, change: Change) -> bool:
    """Whether there is anything here that a change is about: a name that fits nothing is a slip of the pen."""
    match change.kind:
        case kind if kind in OF_CONTAINERS or kind in (ChangeKind.SECCOMP_PROFILE, ChangeKind.NO_TOKEN, ChangeKind.ISOLATE):
            return any(fits(node, change.target) for node in graph.kind(NodeKind.WORKLOAD))
        case ChangeKind.SYSCTL:
            return any(change.target in (EVERYWHERE, node.label) for node in graph.kind(NodeKind.HOST))
        case ChangeKind.UPDATE:
            return any(_is_meant(node.component, change) for node in graph.kind(NodeKind.COMPONENT) if node.component)
        case ChangeKind.POD_SECURITY:
            return any(change.target in (EVERYWHERE, node.label) for node in graph.kind(NodeKind.NAMESPACE))
        case ChangeKind.NARROW_ROLE | ChangeKind.UNBIND:
            grants = [node.grant for node in graph.kind(NodeKind.PERMISSION) if node.grant]
            return any(change.target in (grant.role, grant.binding) for grant in grants)
        case ChangeKind.LEAVE_GROUP:
            return any(_named(graph, node.id, change.target) for node in graph.kind(NodeKind.ACCOUNT))
        case ChangeKind.CLOSE_API:
            return any(_is_api(graph, edge, change) for edge in graph.edges(EdgeKind.EXPOSES))
        case ChangeKind.ADMIT_SIGNED:
            return any(change.target == node.label for node in graph.kind(NodeKind.REGISTRY))
        case _:
            return True


def _is_meant(component: Component, change: Change) -> bool:
    wanted = change.detail.partition("=")[0]
    return wanted in (component.name, component.label) and change.target in (EVERYWHERE, component.node)


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
    ChangeKind.NO_NEW_PRIVILEGES: "Let {target} gain no privileges (no_new_privileges)",
    ChangeKind.ADD_CAPABILITY: "Give {detail} to {target}",
    ChangeKind.MAKE_PRIVILEGED: "Make {target} privileged",
    ChangeKind.NEW_PRIVILEGES: "Let {target} gain privileges (without no_new_privileges)",
    ChangeKind.SHARE_NAMESPACE: "Put {target} into the host's {detail} namespace",
    ChangeKind.ADD_MOUNT: "Mount {detail} of the host writable into {target}",
    ChangeKind.ADD_DEVICE: "Give the device {detail} to {target}",
    ChangeKind.ROOT_USER: "Run {target} as root",
    ChangeKind.NO_USER_NAMESPACE: "Take {target} out of its user namespace",
    ChangeKind.HOST_KERNEL: "Run {target} on the host's kernel",
    ChangeKind.UNMASK: "Show {detail} to {target}",
    ChangeKind.NO_TOKEN: "Keep the service account's token out of {target}",
    ChangeKind.NARROW_ROLE: "Take out of {target} the rule {detail}",
    ChangeKind.UNBIND: "Delete {target}",
    ChangeKind.POD_SECURITY: "Enforce the pod security level {detail} in the namespace {target}",
    ChangeKind.UPDATE: "Update {detail} on {target}",
    ChangeKind.SYSCTL: "Set the sysctl {detail} on {target}",
    ChangeKind.UPGRADE_PACKAGE: "Upgrade {detail} in {target}",
    ChangeKind.ADMIT_SIGNED: "Admit only signed images of {target}",
    ChangeKind.LEAVE_GROUP: "Take from {target} the right to command the container engine",
    ChangeKind.CLOSE_API: "Let the {detail} of {target} listen on no port without client certificates",
    ChangeKind.ISOLATE: "Let no other pod connect to {target} (NetworkPolicy)",
}


def said(change: Change) -> str:
    """The change as a sentence without its end."""
    target = "every host that has it" if change.target == EVERYWHERE and change.kind is ChangeKind.UPDATE else change.target
    target = "every host" if target == EVERYWHERE and change.kind is ChangeKind.SYSCTL else target
    target = "every container" if target == EVERYWHERE else target.removeprefix("image:")
    detail = change.detail.partition(": ")[2] if change.kind is ChangeKind.NARROW_ROLE else change.detail
    return _SAYINGS[change.kind].format(target=target, detail=detail)
