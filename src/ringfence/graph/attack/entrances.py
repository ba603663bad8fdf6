"""Where an attack begins: an exposed workload with a hole, a container taken as lost, a stolen account, a bad image."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple

from ringfence.graph.assemble import Graph
from ringfence.graph.attack import steps
from ringfence.graph.attack.hosts import began, exposed_engine
from ringfence.graph.attack.steps import START, Step
from ringfence.graph.attack.suppliers import in_use, suppliers
from ringfence.graph.changes import OUTSIDE, VERIFIED
from ringfence.model.change import Change, ChangeKind
from ringfence.model.node import EdgeKind, Node, NodeKind
from ringfence.model.technique import Technique


class Entrance(StrEnum):
    """The kinds of beginnings, as `--from` takes them."""

    EXPOSED = "exposed"
    CONTAINERS = "containers"
    ACCOUNTS = "accounts"
    IMAGES = "images"
    REGISTRIES = "registries"
    BUILDS = "builds"
    SIGNERS = "signers"
    HOST_ACCOUNTS = "host-accounts"


class Hole(NamedTuple):
    """A vulnerable package in an image: what is exploited at an exposure. `image` is the node id of the image."""

    image: str
    cve: str
    package: str
    epss: float | None
    exploited: bool
    fixed: str


EXPLOIT = Technique(
    slug="exploit-application", title="Exploit the application from outside", likelihood=1.0, effort=8.0, attack=("T1190",)
)
ASSUMED = Technique(slug="assumed-breach", title="Code already runs in the container", likelihood=1.0, effort=0.0)
STOLEN = Technique(
    slug="stolen-account", title="A service account's token is stolen", likelihood=1.0, effort=0.0, attack=("T1528",)
)
MALICIOUS = Technique(
    slug="malicious-image",
    title="The image is not what it should be",
    likelihood=1.0,
    effort=8.0,
    attack=("T1195.002", "T1525"),
)
IMAGE_RUNS = Technique(slug="image-runs", title="The image's own program runs", likelihood=1.0, effort=0.0)
GATED = "whether the NetworkPolicy before it lets in what comes from there"
UNKNOWN_HOLE = 0.02
"""Chance that an exposed workload without a known hole has one: an assumption that only orders paths."""
ASSUMED_CHANCE = 0.01
EXPLOITED_CHANCE = 0.9
"""Chance of a hole that is in a catalogue of exploited ones."""
NO_SCORE = 0.05


def entrances(graph: Graph, kinds: Iterable[str], holes: Iterable[Hole] = ()) -> Iterator[Step]:
    """The first steps of all paths. A kind that is none of `Entrance` names a workload, identity or image."""
    by_image: dict[str, list[Hole]] = {}
    for hole in holes:
        by_image.setdefault(hole.image, []).append(hole)
    for kind in kinds:
        match kind:
            case Entrance.EXPOSED:
                yield from _exposed(graph, by_image)
            case Entrance.CONTAINERS:
                yield from (_breach(node, ASSUMED_CHANCE) for node in graph.kind(NodeKind.WORKLOAD))
            case Entrance.ACCOUNTS:
                yield from _accounts(graph)
            case Entrance.IMAGES:
                yield from _images(graph)
            case Entrance.REGISTRIES | Entrance.BUILDS | Entrance.SIGNERS:
                yield from suppliers(graph, kind)
            case Entrance.HOST_ACCOUNTS:
                yield from (began(node) for node in graph.kind(NodeKind.ACCOUNT))
            case _:
                yield from _named(graph, kind)


def _breach(node: Node, chance: float) -> Step:
    return Step(START, steps.code(node.id), ASSUMED, ("taken as given",), chance=chance)


def _exposed(graph: Graph, holes: dict[str, list[Hole]]) -> Iterator[Step]:
    exposing = (*graph.edges(EdgeKind.EXPOSES), *graph.edges(EdgeKind.MAY_EXPOSE))
    for edge in exposing:
        node = graph.nodes.get(edge.target)
        if node is None or edge.source.rpartition("/")[2] not in OUTSIDE:
            continue
        if node.component is not None:
            yield exposed_engine(node.component, edge)
            continue
        place = graph.nodes[edge.source].label if edge.source in graph.nodes else edge.source
        because = f"reachable from {place}: {edge.because}" if edge.because else f"reachable from {place}"
        found = [hole for image in graph.targets(node.id, EdgeKind.USES_IMAGE) for hole in holes.get(image, ())]
        here = steps.code(node.id)
        doubt = (GATED,) if edge.kind is EdgeKind.MAY_EXPOSE else ()
        if not found:
            missing = ("no hole of the application that can be used from there is known", *doubt)
            yield Step(START, here, EXPLOIT, (because,), missing, chance=UNKNOWN_HOLE * 2)
        for hole in found:
            told = (because, f"{hole.cve} in {hole.package}")
            yield Step(START, here, EXPLOIT, told, doubt, (upgrade(hole),), chance=chance_of(hole))


def chance_of(hole: Hole) -> float:
    """How likely a hole is used: its EPSS, or what stands for one that is not scored."""
    return EXPLOITED_CHANCE if hole.exploited else NO_SCORE if hole.epss is None else hole.epss


def upgrade(hole: Hole) -> Change:
    """The change that mends a hole."""
    return Change(kind=ChangeKind.UPGRADE_PACKAGE, target=hole.image, detail=hole.package)


def _accounts(graph: Graph) -> Iterator[Step]:
    for node in graph.kind(NodeKind.IDENTITY):
        if node.label.startswith("system:serviceaccount:") and graph.targets(node.id, EdgeKind.HOLDS):
            yield Step(START, steps.acts_as(node.id), STOLEN, ("taken as given",), chance=ASSUMED_CHANCE)


def _images(graph: Graph) -> Iterator[Step]:
    for image, (label, users) in in_use(graph).items():
        if image in graph.nodes and VERIFIED in graph.nodes[image].labels:
            continue
        registries = graph.targets(image, EdgeKind.FROM_REGISTRY)
        cuts = tuple(Change(kind=ChangeKind.ADMIT_SIGNED, target=item.removeprefix("registry:")) for item in registries)
        for user in users:
            if not graph.targets(user, EdgeKind.VOUCHED_BY):
                because = (f"{label} is run there, and nothing seen here verifies who made it",)
                yield from _supplied(user, because, cuts, ASSUMED_CHANCE)


def _supplied(user: str, because: tuple[str, ...], cuts: tuple[Change, ...], chance: float) -> Iterator[Step]:
    """The image is the attacker's: what it holds is unpacked, and its program runs (`supplied_images`)."""
    yield Step(START, steps.supplied(user), MALICIOUS, because, (), cuts, chance=chance)


def supplied_images(graph: Graph) -> Iterator[Step]:
    """What an image holds is started: who made it runs code in each container that runs it."""
    for node in graph.kind(NodeKind.WORKLOAD):
        if graph.targets(node.id, EdgeKind.USES_IMAGE):
            yield Step(steps.supplied(node.id), steps.code(node.id), IMAGE_RUNS, ("it is what the image is for",))


def _named(graph: Graph, name: str) -> Iterator[Step]:
    for node in graph.nodes.values():
        if node.kind is NodeKind.WORKLOAD and _matches(name, node.label):
            yield _breach(node, 1.0)
        elif node.kind is NodeKind.IDENTITY and (node.label == name or node.label.endswith(f":{name.replace('/', ':')}")):
            yield Step(START, steps.acts_as(node.id), STOLEN, ("taken as given",))
        elif node.kind is NodeKind.ACCOUNT and name in (node.label, node.label.partition(" ")[0]):
            yield began(node, 1.0)
        elif node.kind is NodeKind.IMAGE and node.label == name:
            for user in graph.sources(node.id, EdgeKind.USES_IMAGE):
                yield from _supplied(user, (f"{name} is run there",), (), 1.0)


def _matches(name: str, label: str) -> bool:
    return label == name or f"/{name}/" in f"/{label}/"
