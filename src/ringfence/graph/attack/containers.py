"""What code in a container has at once: its identity's token, its Secrets, processes that it shares with neighbours."""

from collections.abc import Iterator

from ringfence.graph.assemble import Graph
from ringfence.graph.attack import steps
from ringfence.graph.attack.steps import Step
from ringfence.graph.changes import SHARED
from ringfence.graph.owners import owner_of
from ringfence.model.change import Change, ChangeKind
from ringfence.model.linux import Namespace
from ringfence.model.node import EdgeKind, Node, NodeKind
from ringfence.model.technique import Technique

USE_TOKEN = Technique(
    slug="use-token",
    title="Use the token of the container's own service account",
    likelihood=0.99,
    effort=0.1,
    attack=("T1528", "T1552.007"),
    known_as=("KubeHound IDENTITY_ASSUME",),
    sources=("https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/",),
)
READ_OWN_SECRET = Technique(
    slug="read-own-secret",
    title="Read a Secret that the container is given",
    likelihood=0.99,
    effort=0.1,
    attack=("T1552.007",),
    known_as=("KubeHound VOLUME_ACCESS",),
    sources=("https://kubernetes.io/docs/concepts/configuration/secret/",),
)
TAKE_OVER_NEIGHBOUR = Technique(
    slug="take-over-neighbour",
    title="Take over a process of another container of the pod",
    likelihood=0.9,
    effort=0.5,
    attack=("T1055",),
    known_as=("KubeHound SHARE_PS_NAMESPACE",),
    sources=("https://kubernetes.io/docs/tasks/configure-pod-container/share-process-namespace/",),
)


def held_at_once(graph: Graph) -> Iterator[Step]:
    """The steps from code in a container that need no way out of it."""
    shared: dict[str, list[str]] = {}
    for node in graph.kind(NodeKind.WORKLOAD):
        if node.what is None:
            continue
        yield from _own(graph, node, owner_of(node))
        for pod in graph.targets(node.id, EdgeKind.PART_OF):
            if SHARED in graph.nodes[pod].labels:
                shared.setdefault(pod, []).append(node.id)
    for members in shared.values():
        yield from _neighbours(graph, members)


def _own(graph: Graph, node: Node, owner: str) -> Iterator[Step]:
    here = steps.code(node.id)
    for edge in graph.out.get(node.id, ()):
        if edge.kind is EdgeKind.ACTS_AS:
            known = "is mounted" in edge.because or not edge.because
            told, missing = ((edge.because,), ()) if known else ((), (edge.because,))
            cuts = (Change(kind=ChangeKind.NO_TOKEN),)
            yield Step(here, steps.acts_as(edge.target), USE_TOKEN, told, missing, cuts, owner)
        elif edge.kind is EdgeKind.READS:
            yield Step(here, steps.reads(edge.target), READ_OWN_SECRET, (f"given as {edge.because or 'a file'}",))


def _neighbours(graph: Graph, members: list[str]) -> Iterator[Step]:
    cuts = (Change(kind=ChangeKind.OWN_NAMESPACE, detail=Namespace.PID.value),)
    for one in members:
        workload = graph.nodes[one].what
        for other in members:
            if one != other and workload is not None:
                because = ("the containers of the pod share one PID namespace",)
                owner = owner_of(graph.nodes[one])
                yield Step(steps.code(one), steps.code(other), TAKE_OVER_NEIGHBOUR, because, (), cuts, owner)
