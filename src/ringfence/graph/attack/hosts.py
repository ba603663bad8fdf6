"""Attacks that begin on a host or at its engine: whoever commands a container engine of root's is root there."""

from collections.abc import Iterator

from ringfence.graph.assemble import Graph
from ringfence.graph.attack import steps
from ringfence.graph.attack.steps import START, Step
from ringfence.model.change import Change, ChangeKind
from ringfence.model.component import Component
from ringfence.model.node import Edge, EdgeKind, Node, NodeKind, host_id
from ringfence.model.technique import Technique

STOLEN_ACCOUNT = Technique(
    slug="stolen-host-account",
    title="Somebody works under the account of a user of the host",
    likelihood=1.0,
    effort=0.0,
    attack=("T1078.003",),
)
START_CONTAINER = Technique(
    slug="start-container",
    title="Start a container that has the host's disk and devices",
    likelihood=0.99,
    effort=0.2,
    attack=("T1610", "T1611"),
    sources=("https://docs.docker.com/engine/security/#docker-daemon-attack-surface",),
)
COMMAND_ENGINE = Technique(
    slug="command-engine-by-network",
    title="Command the container engine over the network",
    likelihood=0.95,
    effort=0.5,
    attack=("T1133", "T1610"),
    sources=("https://docs.docker.com/engine/security/protect-access/",),
)
ACCOUNT_CHANCE = 0.01


def began(node: Node, chance: float = ACCOUNT_CHANCE) -> Step:
    """Who attacks is a user of the host already."""
    return Step(START, steps.user(node.id), STOLEN_ACCOUNT, ("taken as given",), chance=chance)


def exposed_engine(engine: Component, edge: Edge) -> Step:
    """From a network to root of the host, by an engine that asks nobody who he is."""
    cut = Change(kind=ChangeKind.CLOSE_API, target=engine.node, detail=engine.name)
    return Step(START, steps.root(host_id(engine.node)), COMMAND_ENGINE, (edge.because,), (), (cut,))


def commanding(graph: Graph) -> Iterator[Step]:
    """From accounts of hosts to root of them, by the engines that they may command."""
    for node in graph.kind(NodeKind.ACCOUNT):
        for edge in graph.out.get(node.id, ()):
            component = graph.nodes[edge.target].component if edge.target in graph.nodes else None
            if edge.kind is EdgeKind.COMMANDS:
                host = component.node if component else node.id.removeprefix("account:").rpartition(":")[0]
                cut = Change(kind=ChangeKind.LEAVE_GROUP, target=node.label)
                yield Step(steps.user(node.id), steps.root(host_id(host)), START_CONTAINER, (edge.because,), (), (cut,))
