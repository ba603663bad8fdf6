"""All rules over one graph: the attack graph."""

from collections.abc import Iterable

from ringfence.graph.assemble import Graph
from ringfence.graph.attack import steps
from ringfence.graph.attack.arsenal import Arsenal
from ringfence.graph.attack.containers import held_at_once
from ringfence.graph.attack.entrances import Hole, entrances, supplied_images
from ringfence.graph.attack.escapes import Escapes, PowersOfWorkloads
from ringfence.graph.attack.hosts import commanding
from ringfence.graph.attack.inside import lateral
from ringfence.graph.attack.nodes import fallen
from ringfence.graph.attack.permissions import Permissions
from ringfence.graph.attack.reach import Scopes, reached
from ringfence.graph.attack.steps import START, AttackGraph
from ringfence.model.node import NodeKind, cluster_id


def derive(graph: Graph, arsenal: Arsenal, begin: Iterable[str], holes: Iterable[Hole] = ()) -> AttackGraph:
    """Every step that may be taken. `begin` are the kinds (`Entrance`) or names that paths start from."""
    made = AttackGraph()
    permissions = Permissions(graph, arsenal.powers)
    known = tuple(holes)
    made.add(entrances(graph, begin, known))
    made.add(lateral(graph, known))
    made.add(held_at_once(graph))
    made.add(Escapes(graph, arsenal).steps(PowersOfWorkloads(permissions.slugs(), graph)))
    made.add(supplied_images(graph))
    made.add(commanding(graph))
    made.add(fallen(graph))
    made.add(permissions.steps())
    scopes = Scopes(graph)
    made.add(scopes.steps())
    seen: set[tuple[str, str, str, tuple[str, ...]]] = set()
    for node in graph.kind(NodeKind.IDENTITY):
        cluster = cluster_id(node.id.removeprefix("identity:").partition("/")[0])
        for held in permissions.of(node.id):
            key = (held.power.technique.slug, cluster, held.namespace, held.names)
            if key not in seen:
                seen.add(key)
                made.add(reached(held, cluster))
    made.labels = _labels(graph, made)
    return made


_PREFIXES = {
    NodeKind.WORKLOAD: (steps.code, "code in"),
    NodeKind.HOST: (steps.root, "root of"),
    NodeKind.IDENTITY: (steps.acts_as, "acting as"),
    NodeKind.SECRET: (steps.reads, "Secret"),
    NodeKind.ACCOUNT: (steps.user, "as"),
}


def _labels(graph: Graph, made: AttackGraph) -> dict[str, str]:
    labels = {START: "outside"}
    for kind, (named, words) in _PREFIXES.items():
        labels.update((named(node.id), f"{words} {node.label}") for node in graph.kind(kind))
    labels.update((steps.supplied(node.id), f"the image of {node.label}") for node in graph.kind(NodeKind.WORKLOAD))
    for node in graph.kind(NodeKind.HOST):
        labels[steps.files(node.id)] = f"files of {node.label}"
    for step in made.steps():
        for vertex in (step.source, step.target):
            if vertex not in labels:
                labels[vertex] = _told(vertex)
    return labels


_WHAT = {
    "containers": "every container",
    "accounts": "every account",
    "secrets": "every Secret",
    "pods": "pods of one's own",
    "nodes": "every node",
}


def _told(vertex: str) -> str:
    kind, _, rest = vertex.partition(":")
    match kind:
        case "root" | "files":
            _, _, cluster = rest.partition("cluster:")
            return f"{'root' if kind == 'root' else 'files'} of a node of {cluster or 'the cluster'}"
        case "admin":
            return f"cluster admin of {rest.removeprefix('cluster:')}".removesuffix(" of ")
        case "all":
            what, _, where = rest.partition(":")
            cluster, _, namespace = where.removeprefix("cluster:").partition("/")
            return f"{_WHAT[what]} of {namespace or cluster or 'the cluster'}"
        case "power":
            slug, _, where = rest.partition(":cluster:")
            _, _, namespace = where.partition("/")
            return f"{slug} in {namespace or 'the cluster'}"
        case "as":
            return f"acting as {rest.partition('/')[2]}"
        case "holds":
            kind, _, name = rest.partition(":")
            return f"the build of {name.removeprefix('image:')}" if kind == "build" else f"the {kind} {name}"
        case "net":
            return f"the network of {rest.rpartition('/')[2].replace('-', ' ')}"
        case "read":
            return f"Secret {rest.removeprefix('secret:')}"
        case _:
            return vertex
