"""What root of a host, or its files, gives: every container on it, their tokens and secrets, the kubelet's own identity."""

from collections.abc import Iterator

from ringfence.graph.assemble import Graph
from ringfence.graph.attack import steps
from ringfence.graph.attack.steps import Step
from ringfence.graph.owners import owner_of
from ringfence.model.change import Change, ChangeKind
from ringfence.model.node import EdgeKind, Node, NodeKind, cluster_id, host_id, identity_id
from ringfence.model.technique import Technique

CONTROL = Technique(
    slug="control-containers",
    title="Enter every container on the node",
    likelihood=1.0,
    effort=0.1,
    attack=("T1609",),
    known_as=("KubeHound CONTAINER_ATTACH", "KubeHound POD_ATTACH"),
)
READ_ALL = Technique(slug="read-everything", title="Read every file of the node", likelihood=1.0, effort=0.1)
TAKE_TOKENS = Technique(
    slug="take-tokens",
    title="Take the tokens that the kubelet keeps for the pods on the node",
    likelihood=0.95,
    effort=0.2,
    attack=("T1528", "T1552.001"),
    known_as=("KubeHound TOKEN_STEAL", "KubeHound EXPLOIT_HOST_TRAVERSE"),
    sources=("https://kubernetes.io/docs/concepts/security/secrets-good-practices/",),
)
TAKE_SECRETS = Technique(
    slug="take-secrets",
    title="Take the Secrets that the kubelet keeps for the pods on the node",
    likelihood=0.95,
    effort=0.2,
    attack=("T1552.001",),
    known_as=("KubeHound EXPLOIT_HOST_TRAVERSE",),
    sources=("https://kubernetes.io/docs/concepts/security/secrets-good-practices/",),
)
ACT_AS_NODE = Technique(
    slug="act-as-node",
    title="Use the kubelet's own credentials",
    likelihood=0.95,
    effort=0.2,
    attack=("T1552.004",),
    known_as=("KubeHound IDENTITY_ASSUME",),
    sources=("https://kubernetes.io/docs/reference/access-authn-authz/node/",),
)
TAKE_CONTROL_PLANE = Technique(
    slug="take-control-plane",
    title="Take the keys of the control plane from the node that it runs on",
    likelihood=0.98,
    effort=0.5,
    attack=("T1552.004",),
    known_as=("kubesplaining control_plane_pki_theft",),
    sources=("https://kubernetes.io/docs/setup/best-practices/certificates/",),
)
NO_TOKEN = (Change(kind=ChangeKind.NO_TOKEN),)
ON_SOME_NODE = ("on which node it will be put is not known",)
CONTROL_PLANE = ("kube-apiserver", "etcd", "kube-controller-manager")
"""Beginnings of the names of the control plane's own containers, as kubeadm, k3s and the managed services call them."""


def fallen(graph: Graph) -> Iterator[Step]:
    """The steps from hosts."""
    kubernetes: dict[str, set[str]] = {}
    for node in graph.kind(NodeKind.WORKLOAD):
        workload = node.what
        if workload is None:
            continue
        clusters = graph.targets(node.id, EdgeKind.IN_CLUSTER)
        cluster = clusters[0] if clusters else ""
        if not workload.node and not cluster:
            continue
        key = host_id(workload.node) if workload.node else f"node-of:{cluster}"
        missing = () if workload.node else ON_SOME_NODE
        yield Step(steps.root(key), steps.code(node.id), CONTROL, ("it runs there",) if workload.node else (), missing)
        yield from _kept(graph, key, node, missing)
        kubernetes.setdefault(key, set()).update(clusters)
        if cluster and workload.node and workload.identity.container.startswith(CONTROL_PLANE):
            because = (f"{workload.identity} runs there",)
            yield Step(steps.files(key), steps.admin(cluster), TAKE_CONTROL_PLANE, because)
    for host in graph.kind(NodeKind.HOST):
        kubernetes.setdefault(host.id, set())
    for key, clusters_of in kubernetes.items():
        yield Step(steps.root(key), steps.files(key), READ_ALL)
        for cluster in clusters_of:
            kubelets = identity_id("system:nodes", cluster.removeprefix(cluster_id("")))
            yield Step(steps.files(key), steps.acts_as(kubelets), ACT_AS_NODE)


def _kept(graph: Graph, key: str, node: Node, missing: tuple[str, ...]) -> Iterator[Step]:
    """What lies on the host's disk for one of its containers."""
    here, owner = steps.files(key), owner_of(node)
    for edge in graph.out.get(node.id, ()):
        if edge.kind is EdgeKind.ACTS_AS:
            yield Step(here, steps.acts_as(edge.target), TAKE_TOKENS, (), missing, NO_TOKEN, owner)
        elif edge.kind is EdgeKind.READS:
            yield Step(here, steps.reads(edge.target), TAKE_SECRETS, (), missing)
