"""Kubernetes facts as nodes and edges: which secrets a workload reads, as whom it acts, and what that identity may read."""

from collections.abc import Iterator

from ringfence.layers.kubernetes.facts import Facts, GrantedRole
from ringfence.model.knowledge import Known, Unknown, known_or
from ringfence.model.node import (
    Edge,
    EdgeKind,
    Node,
    NodeKind,
    Relations,
    identity_id,
    image_id,
    namespace_id,
    secret_id,
    workload_id,
)
from ringfence.model.workload import Workload


def relations(facts: Facts) -> Relations:
    """The nodes and edges of one target's objects."""
    nodes: dict[str, Node] = {}
    edges: dict[Edge, None] = {}
    accounts = {(pod.identity.namespace, pod.identity.kind, pod.identity.name): pod for pod in facts.pods}
    for workload in facts.workloads:
        own = Node(id=workload_id(workload), kind=NodeKind.WORKLOAD, label=str(workload.identity), what=workload)
        pod = accounts.get((workload.identity.namespace, workload.identity.kind, workload.identity.name))
        # An account whose token is kept out of the pod cannot be acted as from inside it.
        account = pod.service_account if pod and pod.token_mounted != Known(False) else ""
        nodes[own.id] = own
        for node, kind in _ends(workload, account):
            nodes.setdefault(node.id, node)
            edges[Edge(source=own.id, target=node.id, kind=kind)] = None
    for secret in facts.secrets:
        node = _secret(secret.namespace, secret.name)
        nodes.setdefault(node.id, node)
    for granted in facts.granted_roles():
        for node, target in _readable(granted, facts):
            nodes.setdefault(node.id, node)
            edges[Edge(source=node.id, target=target, kind=EdgeKind.READS)] = None
    return Relations(nodes=tuple(nodes.values()), edges=tuple(edges))


def _ends(workload: Workload, account: str) -> Iterator[tuple[Node, EdgeKind]]:
    namespace = workload.identity.namespace
    yield Node(id=namespace_id(namespace), kind=NodeKind.NAMESPACE, label=namespace or "default"), EdgeKind.IN_NAMESPACE
    if workload.image:
        yield Node(id=image_id(workload.image), kind=NodeKind.IMAGE, label=workload.image), EdgeKind.USES_IMAGE
    for reference in workload.secrets:
        if reference.via != "token":
            yield _secret(namespace, reference.name), EdgeKind.READS
    if account:
        yield _identity(f"system:serviceaccount:{namespace}:{account}"), EdgeKind.ACTS_AS


def _secret(namespace: str, name: str) -> Node:
    return Node(id=secret_id(namespace, name), kind=NodeKind.SECRET, label=f"{namespace}/{name}" if namespace else name)


def _identity(name: str) -> Node:
    return Node(id=identity_id(name), kind=NodeKind.IDENTITY, label=name)


def _readable(granted: GrantedRole, facts: Facts) -> Iterator[tuple[Node, str]]:
    """Each bound identity with each secret, of those here, that the role lets it get."""
    match granted.role.rules:
        case Unknown():
            return
        case Known(rules):
            reading = [rule for rule in rules if rule.allows("get", "", "secrets") or rule.allows("list", "", "secrets")]
    for rule in reading:
        for binding in facts.bindings:
            if known_or(binding.role_name, "") != granted.role.name or binding.role_kind != granted.role.kind:
                continue
            everywhere = binding.kind == "ClusterRoleBinding"
            for secret in facts.secrets:
                if not everywhere and secret.namespace != binding.namespace:
                    continue
                if rule.resource_names and secret.name not in rule.resource_names:
                    continue
                for subject in known_or(binding.subjects, ()):
                    yield _identity(subject.username), secret_id(secret.namespace, secret.name)
