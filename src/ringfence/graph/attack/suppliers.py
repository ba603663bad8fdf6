"""What images come from, lost: a registry, whoever signs, what builds. Each reaches every container that runs its images."""

from collections.abc import Iterator

from ringfence.graph.assemble import Graph
from ringfence.graph.attack import steps
from ringfence.graph.attack.steps import START, Step
from ringfence.graph.changes import VERIFIED
from ringfence.model.change import Change, ChangeKind
from ringfence.model.node import EdgeKind, NodeKind
from ringfence.model.technique import Technique

REGISTRY = Technique(
    slug="compromised-registry",
    title="The registry serves another image",
    likelihood=1.0,
    effort=16.0,
    attack=("T1195.002", "T1525"),
)
SIGNER = Technique(
    slug="stolen-signing-key",
    title="Somebody else signs images",
    likelihood=1.0,
    effort=16.0,
    attack=("T1588.003", "T1195.002"),
)
BUILD = Technique(
    slug="compromised-build",
    title="What builds the image builds in something else",
    likelihood=1.0,
    effort=16.0,
    attack=("T1195.001",),
)
SERVED = Technique(slug="served-image", title="The image is pulled and run", likelihood=0.9, effort=0.1)
CHANCE = 0.005
"""Chance that a supplier is lost: an assumption that only orders paths."""


def suppliers(graph: Graph, kind: str) -> Iterator[Step]:
    """The first steps of attacks through suppliers of one kind (`registries`, `signers`, `builds`)."""
    match kind:
        case "registries":
            yield from _registries(graph)
        case "signers":
            yield from _signers(graph)
        case "builds":
            yield from _builds(graph)


def _registries(graph: Graph) -> Iterator[Step]:
    """A signature that is asked for stops a registry that serves something else."""
    for registry in graph.kind(NodeKind.REGISTRY):
        here = steps.holder(registry.id)
        yield Step(START, here, REGISTRY, ("taken as given",), chance=CHANCE)
        cuts = (Change(kind=ChangeKind.ADMIT_SIGNED, target=registry.label),)
        for image in graph.sources(registry.id, EdgeKind.FROM_REGISTRY):
            node = graph.nodes.get(image)
            if node is None or VERIFIED in node.labels:
                continue
            for user in graph.sources(image, EdgeKind.USES_IMAGE):
                if not graph.targets(user, EdgeKind.VOUCHED_BY):
                    because = (f"{node.label} is run there, and nothing seen here verifies who made it",)
                    yield Step(here, steps.supplied(user), SERVED, because, (), cuts)


def _signers(graph: Graph) -> Iterator[Step]:
    """Whoever has the key is believed."""
    for signer in graph.kind(NodeKind.SIGNER):
        here = steps.holder(signer.id)
        yield Step(START, here, SIGNER, ("taken as given",), chance=CHANCE)
        for edge in graph.into.get(signer.id, ()):
            if edge.kind is EdgeKind.VOUCHED_BY:
                yield Step(here, steps.supplied(edge.source), SERVED, (edge.because,))


def _builds(graph: Graph) -> Iterator[Step]:
    """What builds an image has it signed too, so no signature helps; nothing that is known here cuts it."""
    for image, (label, users) in in_use(graph).items():
        here = steps.holder(f"build:{image}")
        yield Step(START, here, BUILD, ("taken as given",), chance=CHANCE)
        for user in users:
            yield Step(here, steps.supplied(user), SERVED, (f"{label} is run there",))


def in_use(graph: Graph) -> dict[str, tuple[str, list[str]]]:
    """The images that containers run, by their ids: a name for people, and the containers."""
    found: dict[str, tuple[str, list[str]]] = {}
    for node in graph.kind(NodeKind.WORKLOAD):
        for image in graph.targets(node.id, EdgeKind.USES_IMAGE):
            label = graph.nodes[image].label if image in graph.nodes else node.what.image if node.what else image
            found.setdefault(image, (label, []))[1].append(node.id)
    return found
