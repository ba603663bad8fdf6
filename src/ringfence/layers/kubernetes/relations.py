"""Kubernetes facts as nodes and edges: what runs where, what it reads, as whom it acts, and what bindings let whom do."""

from collections.abc import Iterator

import msgspec

from ringfence.formats.kubernetes_network import Service
from ringfence.formats.kubernetes_pod import PodSpec
from ringfence.formats.kubernetes_rbac import Role, Rule
from ringfence.layers.kubernetes.evaluate.network_gates import OPEN, NetworkGates, gate_name
from ringfence.layers.kubernetes.facts import Facts, Pod
from ringfence.model.access import AccessRule, Grant
from ringfence.model.knowledge import Known, Unknown, known_or
from ringfence.model.location import Location
from ringfence.model.node import (
    DEFAULT_NAMESPACE,
    Edge,
    EdgeKind,
    Node,
    NodeKind,
    Relations,
    cluster_id,
    exposure_id,
    identity_id,
    image_id,
    namespace_id,
    permission_id,
    pod_id,
    registry_id,
    secret_id,
    volume_id,
    workload_id,
)
from ringfence.model.workload import Workload, WorkloadId

POD_SECURITY = "pod-security.kubernetes.io/enforce"
"""The label with which a namespace asks for a level of the Pod Security Standards."""
INTERNET, NODES, CHOSEN, CLUSTER = "internet", "node-network", "chosen-networks", "cluster-network"
"""Places that something can be reached from: everywhere, the nodes' own network, named networks, inside the cluster."""
ANYWHERE = frozenset({"0.0.0.0/0", "::/0"})
"""Source ranges that leave nobody out."""

_Drawn = tuple[Node, Edge | None]


def relations(facts: Facts) -> Relations:
    """The nodes and edges of one target's objects."""
    nodes: dict[str, Node] = {}
    edges: dict[Edge, None] = {}
    for node, edge in _everything(facts):
        nodes.setdefault(node.id, node)
        if edge is not None:
            edges[edge] = None
    return Relations(nodes=tuple(nodes.values()), edges=tuple(edges))


def _everything(facts: Facts) -> Iterator[_Drawn]:
    for namespace in facts.namespaces:
        yield _namespace(namespace.name, known_or(namespace.labels, None)), None
    pods = {(pod.identity.namespace, pod.identity.kind, pod.identity.name): pod for pod in facts.pods}
    for workload in facts.workloads:
        identity = workload.identity
        yield from _workload(workload, pods.get((identity.namespace, identity.kind, identity.name)))
    for secret in facts.secrets:
        yield _secret(secret.namespace, secret.name), None
    for account in facts.service_accounts:
        yield from _account(account.namespace, account.name)
    yield from _grants(facts)
    yield from _exposures(facts)


def _workload(workload: Workload, pod: Pod | None) -> Iterator[_Drawn]:
    identity = workload.identity
    key = workload_id(workload)
    made_by = (("made-by", pod.made_by),) if pod is not None and pod.made_by else ()
    own = Node(id=key, kind=NodeKind.WORKLOAD, label=str(identity), what=workload, labels=made_by)
    space = _namespace(identity.namespace, None, identity.cluster)
    yield own, None
    yield space, Edge(source=key, target=space.id, kind=EdgeKind.IN_NAMESPACE)
    cluster = Node(id=cluster_id(identity.cluster), kind=NodeKind.CLUSTER, label=identity.cluster or "the cluster")
    yield cluster, Edge(source=key, target=cluster.id, kind=EdgeKind.IN_CLUSTER)
    group = pod_id(identity.namespace, identity.kind, identity.name, identity.cluster)
    group = f"{group}@{workload.node}" if workload.node else group
    shares = (("processes", "shared"),) if pod is not None and pod.shares_processes else ()
    name = _joined(identity.namespace, identity.kind, identity.name)
    yield Node(id=group, kind=NodeKind.POD, label=name, labels=shares), Edge(source=key, target=group, kind=EdgeKind.PART_OF)
    yield from _image(key, workload.image)
    for mount in known_or(workload.confinement.mounts, ()):
        if mount.kind == "bind":
            volume = volume_id(workload.node, mount.source)
            yield (
                Node(id=volume, kind=NodeKind.VOLUME, label=mount.source),
                Edge(source=key, target=volume, kind=EdgeKind.MOUNTS),
            )
    for reference in workload.secrets:
        if reference.via != "token":
            secret = _secret(identity.namespace, reference.name)
            yield secret, Edge(source=key, target=secret.id, kind=EdgeKind.READS, because=reference.via, at=reference.at)
    # An account whose token is kept out of the pod cannot be acted as from inside it.
    if pod is not None and pod.token_mounted != Known(False):
        known = "its token is mounted" if isinstance(pod.token_mounted, Known) else pod.token_mounted.reason
        for node, edge in _account(identity.namespace, pod.service_account):
            yield node, edge
            if edge is None or edge.kind is EdgeKind.IN_NAMESPACE:
                yield node, Edge(source=key, target=node.id, kind=EdgeKind.ACTS_AS, because=known, at=pod.at)


def _image(key: str, image: str) -> Iterator[_Drawn]:
    if not image:
        return
    node = Node(id=image_id(image), kind=NodeKind.IMAGE, label=image)
    yield node, Edge(source=key, target=node.id, kind=EdgeKind.USES_IMAGE)
    registry = registry_of(image)
    yield (
        Node(id=registry_id(registry), kind=NodeKind.REGISTRY, label=registry),
        Edge(source=node.id, target=registry_id(registry), kind=EdgeKind.FROM_REGISTRY),
    )


def registry_of(reference: str) -> str:
    """The registry of an image's reference: the part before the first slash if it is a host, else Docker's own."""
    first, slash, _ = reference.partition("/")
    return first if slash and ("." in first or ":" in first or first == "localhost") else "docker.io"


def _joined(*parts: str) -> str:
    return "/".join(part for part in parts if part)


def _namespace(name: str, labels: dict[str, str] | None, cluster: str = "") -> Node:
    shown = name or DEFAULT_NAMESPACE
    told = () if labels is None else (("pod-security", labels.get(POD_SECURITY, "none")),)
    return Node(id=namespace_id(name, cluster), kind=NodeKind.NAMESPACE, label=shown, labels=told)


def _secret(namespace: str, name: str) -> Node:
    return Node(id=secret_id(namespace, name), kind=NodeKind.SECRET, label=f"{namespace or DEFAULT_NAMESPACE}/{name}")


def _account(namespace: str, name: str) -> Iterator[_Drawn]:
    """A service account with its namespace and the groups that the API server puts it in."""
    space = namespace or DEFAULT_NAMESPACE
    own = _identity(f"system:serviceaccount:{space}:{name}")
    yield own, Edge(source=own.id, target=namespace_id(space), kind=EdgeKind.IN_NAMESPACE)
    for group in (f"system:serviceaccounts:{space}", "system:serviceaccounts", "system:authenticated"):
        yield _identity(group), Edge(source=own.id, target=identity_id(group), kind=EdgeKind.MEMBER_OF)


def _identity(name: str) -> Node:
    return Node(id=identity_id(name), kind=NodeKind.IDENTITY, label=name)


def _grants(facts: Facts) -> Iterator[_Drawn]:
    """What each binding lets its subjects do. A binding whose role is not there grants nothing."""
    every = (*facts.default_roles, *facts.roles)
    roles = {(role.kind, role.namespace if role.kind == "Role" else "", role.name): role for role in every}
    own = {id(role) for role in facts.default_roles}
    for binding in facts.bindings:
        name = known_or(binding.role_name, "")
        within = "" if binding.role_kind == "ClusterRole" else binding.namespace
        role = roles.get((binding.role_kind, within, name))
        if role is None or not (rules := _rules(role)):
            continue
        everywhere = binding.kind == "ClusterRoleBinding"
        grant = Grant(
            role=_joined(binding.role_kind, within and (within or DEFAULT_NAMESPACE), name),
            binding=_joined(binding.kind, "" if everywhere else binding.namespace or DEFAULT_NAMESPACE, binding.name),
            namespace="" if everywhere else binding.namespace or DEFAULT_NAMESPACE,
            rules=rules,
            builtin=role.builtin or id(role) in own,
            at=binding.at,
        )
        node = Node(
            id=permission_id(grant.role, grant.binding),
            kind=NodeKind.PERMISSION,
            label=f"{name}::{binding.name}",
            grant=grant,
        )
        yield node, None
        for subject in known_or(binding.subjects, ()):
            if subject.kind == "ServiceAccount":
                yield from _account(subject.namespace, subject.name)
                who = _identity(f"system:serviceaccount:{subject.namespace or DEFAULT_NAMESPACE}:{subject.name}")
            else:
                who = _identity(subject.name)
            yield who, Edge(source=who.id, target=node.id, kind=EdgeKind.HOLDS, because=grant.binding, at=binding.at)


def _rules(role: Role) -> tuple[AccessRule, ...]:
    match role.rules:
        case Unknown():
            return ()
        case Known(rules):
            return tuple(_rule(rule) for rule in rules)


def _rule(rule: Rule) -> AccessRule:
    return AccessRule(
        verbs=rule.verbs, groups=rule.api_groups, resources=rule.resources, names=rule.resource_names, at=rule.at
    )


def _exposures(facts: Facts) -> Iterator[_Drawn]:
    """Who reaches which container: through Services and Ingresses by their selectors, through ports of the node, and from
    inside the cluster, as network policies let them.
    """
    gates = NetworkGates(facts)
    pods = {spec.owner: spec for spec in facts.specs}
    for place, namespace, selector, because, at in _ways_in(facts):
        for workload in _selected(facts, namespace, selector) if place != CLUSTER else ():
            pod = pods.get(msgspec.structs.replace(workload.identity, container=""))
            closed = gates.before(pod) if pod is not None else OPEN
            if not closed.policies:
                yield _exposed(place, workload, EdgeKind.EXPOSES, because, at)
            elif closed.peers:
                doubt = f"{because}, and {closed.said} lets in some: whether these are among them is not told"
                yield _exposed(place, workload, EdgeKind.MAY_EXPOSE, doubt, at)
    by_name = {item.identity: item for item in facts.workloads}
    for container in facts.containers:
        taking = by_name.get(container.identity)
        if taking is None:
            continue
        for port in container.host_ports:
            said = f"hostPort {port.port.value}" if isinstance(port.port, Known) else "a hostPort"
            yield _exposed(NODES, taking, EdgeKind.EXPOSES, said, port.at)
    yield from _inside(facts, gates, pods)


def _exposed(place: str, workload: Workload, kind: EdgeKind, because: str, at: Location) -> _Drawn:
    edge = Edge(source=exposure_id(place), target=workload_id(workload), kind=kind, because=because, at=at)
    return _place(place), edge


def _inside(facts: Facts, gates: NetworkGates, pods: dict[WorkloadId, PodSpec]) -> Iterator[_Drawn]:
    """From which pods which pods are reached: all of the cluster that no policy keeps in, or whom a policy names."""
    for workload in facts.workloads:
        pod = pods.get(msgspec.structs.replace(workload.identity, container=""))
        if pod is None:
            continue
        key = workload_id(workload)
        if not gates.kept_in(pod):
            for name in (CLUSTER, *(gate_name(policy) for policy in gates.letting_in(pod))):
                yield _place(name), Edge(source=key, target=exposure_id(name), kind=EdgeKind.REACHES)
        closed = gates.before(pod)
        if not closed.policies:
            yield _exposed(CLUSTER, workload, EdgeKind.EXPOSES, closed.said, workload.location)
        for policy in closed.policies:
            yield _exposed(gate_name(policy), workload, EdgeKind.EXPOSES, f"NetworkPolicy {policy.name}", policy.at)


def _place(name: str) -> Node:
    return Node(id=exposure_id(name), kind=NodeKind.EXPOSURE, label=name.replace("-", " "))


def _ways_in(facts: Facts) -> Iterator[tuple[str, str, dict[str, str], str, Location]]:
    """Place, namespace, selector, what it is and where it is written, of each Service and of each Ingress before one."""
    before: dict[tuple[str, str], list[str]] = {}
    for ingress in facts.ingresses:
        for name in ingress.backends:
            before.setdefault((ingress.namespace, name), []).append(ingress.name)
    for service in facts.services:
        match service.selector:
            case Known(selector) if selector:
                yield _reached_from(service), service.namespace, selector, f"Service {service.name}", service.at
                for name in before.get((service.namespace, service.name), ()):
                    because = f"Ingress {name} to Service {service.name}"
                    yield INTERNET, service.namespace, selector, because, service.at
            case _:
                continue


def _reached_from(service: Service) -> str:
    kind = known_or(service.type, "")
    if kind == "LoadBalancer" and not service.internal:
        limited = service.sources and not ANYWHERE & set(service.sources)
        return CHOSEN if limited else INTERNET
    if kind in ("NodePort", "LoadBalancer") or service.external_ips:
        return NODES
    return CLUSTER


def _selected(facts: Facts, namespace: str, selector: dict[str, str]) -> Iterator[Workload]:
    owners = {
        spec.owner
        for spec in facts.specs
        if spec.owner.namespace == namespace and selector.items() <= known_or(spec.labels, {}).items()
    }
    for workload in facts.workloads:
        if msgspec.structs.replace(workload.identity, container="") in owners:
            yield workload
