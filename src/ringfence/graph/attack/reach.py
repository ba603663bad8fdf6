"""What a power reaches: the containers, accounts, Secrets and nodes of its scope, by way of one joint for each scope."""

from collections.abc import Iterator
from dataclasses import dataclass

from ringfence.graph.assemble import Graph
from ringfence.graph.attack import steps
from ringfence.graph.attack.permissions import Held, account_of
from ringfence.graph.attack.steps import Step
from ringfence.graph.clusters import hosts_of
from ringfence.model.change import Change, ChangeKind
from ringfence.model.node import EdgeKind, NodeKind, cluster_id, identity_id, namespace_of_secret, secret_id
from ringfence.model.technique import Reach, Technique

IN_SCOPE = Technique(slug="in-scope", title="Use it on one thing in its scope", likelihood=1.0, effort=0.0)
TOKEN_SECRET = Technique(
    slug="use-token-secret",
    title="Use the token that a Secret holds",
    likelihood=0.95,
    effort=0.1,
    attack=("T1528",),
    known_as=("KubeHound TOKEN_LIST", "KubeHound TOKEN_BRUTEFORCE"),
    sources=("https://kubernetes.io/docs/concepts/configuration/secret/#serviceaccount-token-secrets",),
)
POD_ON_NODE = Technique(
    slug="privileged-pod",
    title="Make a privileged pod, put it on a node of one's choice and leave it there",
    likelihood=0.98,
    effort=0.5,
    attack=("T1610", "T1611"),
    known_as=("KubeHound POD_CREATE", "kubesplaining pod_create_privileged_escape"),
    sources=("https://kubernetes.io/docs/concepts/security/pod-security-standards/",),
)
ADMINISTER = Technique(slug="administer", title="Do anything in the cluster", likelihood=1.0, effort=0.0)
NO_TOKEN_SECRET_SEEN = ("whether a Secret holds a token of this account is not known",)
LEVEL_UNKNOWN = "which pod security level the namespace has is not known"
SYSTEM = "kube-system"
"""The namespace of the cluster's own pods: it is always there, and no level can be enforced on what runs in it."""
REFUSING = frozenset({"baseline", "restricted"})
"""Pod security levels that refuse a privileged pod."""


@dataclass(slots=True)
class Scopes:
    """Where workloads, accounts and secrets of a graph stand, by cluster and namespace."""

    graph: Graph

    def steps(self) -> Iterator[Step]:
        """From all of a cluster to all of each namespace, and from there to each thing."""
        namespaces = dict.fromkeys((cluster, SYSTEM) for cluster in self._clusters())
        for node in self.graph.kind(NodeKind.NAMESPACE):
            cluster, _, name = node.id.removeprefix("namespace:").partition("/")
            namespaces[cluster_id(cluster), name] = None
        for what, key, target in self._members():
            namespaces.setdefault(key)
            yield Step(steps.scope(what, *key), target, IN_SCOPE)
        for cluster, namespace in namespaces:
            for what in ("containers", "accounts", "secrets", "pods"):
                yield Step(steps.scope(what, cluster), steps.scope(what, cluster, namespace), IN_SCOPE)
            yield from self._pods(cluster, namespace)
            token = steps.scope("secrets", cluster, namespace)
            yield Step(token, steps.scope("accounts", cluster, namespace), TOKEN_SECRET, (), NO_TOKEN_SECRET_SEEN)
        for cluster in dict.fromkeys(cluster for cluster, _ in namespaces):
            yield from self._cluster(cluster)
        for edge in self.graph.edges(EdgeKind.TOKEN_OF):
            yield Step(steps.reads(edge.source), steps.acts_as(edge.target), TOKEN_SECRET, (edge.because,))

    def _clusters(self) -> Iterator[str]:
        """The clusters that anything is told of; one without a name where only permissions are."""
        yield from (node.id for node in self.graph.kind(NodeKind.CLUSTER))
        if self.graph.kind(NodeKind.PERMISSION) and not self.graph.kind(NodeKind.CLUSTER):
            yield cluster_id("")

    def _members(self) -> Iterator[tuple[str, tuple[str, str], str]]:
        for node in self.graph.kind(NodeKind.WORKLOAD):
            for space in self.graph.targets(node.id, EdgeKind.IN_NAMESPACE):
                yield "containers", _split(space), steps.code(node.id)
        for node in self.graph.kind(NodeKind.IDENTITY):
            for space in self.graph.targets(node.id, EdgeKind.IN_NAMESPACE):
                yield "accounts", _split(space), steps.acts_as(node.id)
        for node in self.graph.kind(NodeKind.SECRET):
            cluster, namespace = namespace_of_secret(node.id)
            yield "secrets", (cluster_id(cluster), namespace), steps.reads(node.id)

    def _pods(self, cluster: str, namespace: str) -> Iterator[Step]:
        """A pod of one's own has the accounts and Secrets of its namespace, and its node unless admission refuses it."""
        here = steps.scope("pods", cluster, namespace)
        yield Step(here, steps.scope("accounts", cluster, namespace), IN_SCOPE)
        yield Step(here, steps.scope("secrets", cluster, namespace), IN_SCOPE)
        key = f"namespace:{cluster.removeprefix('cluster:')}/{namespace}"
        node = self.graph.nodes.get(key)
        level = dict(node.labels).get("pod-security", "") if node else ""
        if level in REFUSING:
            return
        because = (f"the namespace {namespace} has no pod security level that refuses it",) if level else ()
        missing = () if level or namespace == SYSTEM else (LEVEL_UNKNOWN,)
        cuts = (
            (Change(kind=ChangeKind.POD_SECURITY, target=namespace, detail="baseline"),)
            if node and namespace != SYSTEM
            else ()
        )
        yield Step(here, steps.scope("nodes", cluster), POD_ON_NODE, because, missing, cuts)

    def _cluster(self, cluster: str) -> Iterator[Step]:
        nodes = steps.scope("nodes", cluster)
        yield Step(nodes, steps.some_node(cluster), IN_SCOPE)
        for host in hosts_of(self.graph, cluster):
            yield Step(nodes, steps.root(host.id), IN_SCOPE)
        here = steps.admin(cluster)
        for what in ("containers", "accounts", "secrets", "nodes"):
            yield Step(here, steps.scope(what, cluster), ADMINISTER)


def _split(space: str) -> tuple[str, str]:
    cluster, _, name = space.removeprefix("namespace:").partition("/")
    return cluster_id(cluster), name


_JOINTS = {
    Reach.CODE: ("containers",),
    Reach.ACCOUNTS: ("accounts",),
    Reach.SECRETS: ("secrets",),
    Reach.PODS: ("pods",),
    Reach.NODES: ("nodes",),
    Reach.EVERYTHING: ("containers", "accounts", "secrets", "pods"),
}


def reached(held: Held, cluster: str) -> Iterator[Step]:
    """The steps from a power, in the scope in which it is held, to what it is good for."""
    technique = held.power.technique
    here = steps.power(technique.slug, cluster, held.namespace, held.names)
    for reach in held.power.reaches:
        if reach is Reach.ANYONE or (reach is Reach.EVERYTHING and not held.namespace):
            yield from _anyone(held, here, cluster)
        elif held.names:
            yield from _named(held, reach, here, cluster)
        else:
            for joint in _JOINTS.get(reach, ()):
                namespace = "" if joint == "nodes" else held.namespace
                yield Step(here, steps.scope(joint, cluster, namespace), IN_SCOPE)


def _anyone(held: Held, here: str, cluster: str) -> Iterator[Step]:
    """Everything in the cluster; with names only what those stand for: users, or roles that can be bound."""
    if not held.names:
        yield Step(here, steps.admin(cluster), IN_SCOPE)
    for name in held.names:
        if name in ("cluster-admin", "system:masters"):
            yield Step(here, steps.admin(cluster), IN_SCOPE)
        elif held.power.reaches == (Reach.ANYONE,):
            yield Step(here, steps.acts_as(identity_id(name, cluster.removeprefix(cluster_id("")))), IN_SCOPE)


def _named(held: Held, reach: Reach, here: str, cluster: str) -> Iterator[Step]:
    """A power on named objects only."""
    for name in held.names:
        match reach:
            case Reach.SECRETS if held.namespace:
                yield Step(
                    here, steps.reads(secret_id(held.namespace, name, cluster.removeprefix(cluster_id("")))), IN_SCOPE
                )
            case Reach.ACCOUNTS if held.namespace:
                yield Step(here, account_of(held.namespace, name, cluster), IN_SCOPE)
            case _:
                # Which object of which namespace a name means is not followed further: the power is shown, not its reach.
                return
