"""From a container to another over the cluster's network, where the other has a hole and no policy stands between.

Without a known hole no step is drawn: that everything may talk to everything is a finding of its own, not an attack.
"""

from collections.abc import Iterable, Iterator

from ringfence.graph.assemble import Graph
from ringfence.graph.attack import steps
from ringfence.graph.attack.entrances import Hole, chance_of, upgrade
from ringfence.graph.attack.steps import Step
from ringfence.graph.changes import OUTSIDE
from ringfence.graph.owners import owner_of
from ringfence.model.change import Change, ChangeKind
from ringfence.model.node import EdgeKind
from ringfence.model.technique import Technique

CONNECT = Technique(
    slug="connect-inside",
    title="Connect to other pods from inside the cluster",
    likelihood=1.0,
    effort=0.1,
    attack=("T1046",),
    sources=("https://kubernetes.io/docs/concepts/services-networking/network-policies/",),
)
EXPLOIT_INSIDE = Technique(
    slug="exploit-neighbour",
    title="Exploit another pod over the cluster's network",
    likelihood=0.9,
    effort=8.0,
    attack=("T1210",),
    known_as=("KubeHound ENDPOINT_EXPLOIT",),
    sources=("https://kubernetes.io/docs/concepts/services-networking/network-policies/",),
)


def lateral(graph: Graph, holes: Iterable[Hole]) -> Iterator[Step]:
    """The steps from containers to places of the network, and from there to containers with a hole."""
    by_image: dict[str, list[Hole]] = {}
    for hole in holes:
        by_image.setdefault(hole.image, []).append(hole)
    used: set[str] = set()
    for edge in graph.edges(EdgeKind.EXPOSES) if by_image else ():
        node = graph.nodes.get(edge.target)
        place = edge.source.rpartition("/")[2]
        if node is None or node.what is None or place in OUTSIDE:
            continue
        found = [hole for image in graph.targets(node.id, EdgeKind.USES_IMAGE) for hole in by_image.get(image, ())]
        for hole in found:
            used.add(edge.source)
            because = (edge.because, f"{hole.cve} in {hole.package}")
            cuts = (upgrade(hole), Change(kind=ChangeKind.ISOLATE, target=owner_of(node)))
            here = steps.network(edge.source)
            yield Step(here, steps.code(node.id), EXPLOIT_INSIDE, because, (), cuts, chance=chance_of(hole))
    for edge in graph.edges(EdgeKind.REACHES):
        if edge.target in used:
            yield Step(steps.code(edge.source), steps.network(edge.target), CONNECT)
