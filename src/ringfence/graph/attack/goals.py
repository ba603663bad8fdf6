"""Where an attack is taken to end: root of a node, the whole cluster, a Secret."""

from collections.abc import Iterable, Iterator
from enum import StrEnum

from ringfence.graph.assemble import Graph
from ringfence.graph.attack import steps
from ringfence.model.node import EdgeKind, NodeKind


class Goal(StrEnum):
    """The kinds of ends, as `--to` takes them."""

    NODE_ROOT = "node-root"
    CLUSTER_ADMIN = "cluster-admin"
    SECRETS = "secrets"


SECRET = "secret:"  # noqa: S105 - the beginning of a goal's name, not a secret


def goals(graph: Graph, kinds: Iterable[str]) -> tuple[str, ...]:
    """The vertices that the kinds mean; one that is no `Goal` names a host, or a Secret as `secret:NAMESPACE/NAME`."""
    found: dict[str, None] = {}
    for kind in kinds:
        match kind:
            case Goal.NODE_ROOT:
                found.update(dict.fromkeys(_roots(graph)))
            case Goal.CLUSTER_ADMIN:
                found.update(dict.fromkeys(steps.admin(cluster) for cluster in _clusters(graph)))
            case Goal.SECRETS:
                found.update(dict.fromkeys(steps.reads(node.id) for node in graph.kind(NodeKind.SECRET)))
            case _:
                found.update(dict.fromkeys(_named(graph, kind)))
    return tuple(found)


def _roots(graph: Graph) -> Iterator[str]:
    yield from (steps.root(node.id) for node in graph.kind(NodeKind.HOST))
    for node in graph.kind(NodeKind.WORKLOAD):
        if node.what is not None and not node.what.node:
            yield from (steps.some_node(cluster) for cluster in graph.targets(node.id, EdgeKind.IN_CLUSTER))
        elif node.what is not None:
            yield steps.root(f"host:{node.what.node}")


def _clusters(graph: Graph) -> tuple[str, ...]:
    found = dict.fromkeys(node.id for node in graph.kind(NodeKind.CLUSTER))
    if not found and graph.kind(NodeKind.PERMISSION):
        found["cluster:"] = None
    return tuple(found)


def _named(graph: Graph, name: str) -> Iterator[str]:
    if name.startswith(SECRET):
        yield from (steps.reads(node.id) for node in graph.kind(NodeKind.SECRET) if node.label == name.removeprefix(SECRET))
    else:
        yield from (steps.root(node.id) for node in graph.kind(NodeKind.HOST) if node.label == name)
