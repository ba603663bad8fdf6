"""The relations of all storeys as one graph, joined by equal ids."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from ringfence.graph.joining import Disagreement, joined
from ringfence.model.component import Component
from ringfence.model.knowledge import Known
from ringfence.model.node import Edge, EdgeKind, Node, NodeKind, Relations


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes by id, and the edges out of and into each id. An edge may point at an id that no storey gave a node for."""

    nodes: dict[str, Node]
    out: dict[str, tuple[Edge, ...]] = field(default_factory=dict)
    into: dict[str, tuple[Edge, ...]] = field(default_factory=dict)
    disagreements: tuple[Disagreement, ...] = ()
    alike: dict[str, int] = field(default_factory=dict)
    """The group of equal confinements that each workload is in: what holds for one of a group holds for all."""

    def kind(self, kind: NodeKind) -> tuple[Node, ...]:
        """The nodes of a kind, in the order they came."""
        return tuple(node for node in self.nodes.values() if node.kind is kind)

    def targets(self, source: str, kind: EdgeKind) -> tuple[str, ...]:
        """The ids that edges of a kind lead to."""
        return tuple(edge.target for edge in self.out.get(source, ()) if edge.kind is kind)

    def sources(self, target: str, kind: EdgeKind) -> tuple[str, ...]:
        """The ids that edges of a kind come from."""
        return tuple(edge.source for edge in self.into.get(target, ()) if edge.kind is kind)


def assemble(relations: Iterable[Relations]) -> Graph:
    """One graph. Nodes of one id are merged: a container's views are joined, what is known fills what is not."""
    views: dict[str, list[Node]] = {}
    edges: dict[Edge, None] = {}
    for part in relations:
        for node in part.nodes:
            views.setdefault(node.id, []).append(node)
        edges.update(dict.fromkeys(part.edges))
    nodes: dict[str, Node] = {}
    differ: list[Disagreement] = []
    for key, seen in views.items():
        nodes[key], differences = _merged(seen)
        differ.extend(differences)
    out: dict[str, list[Edge]] = {}
    into: dict[str, list[Edge]] = {}
    for edge in edges:
        out.setdefault(edge.source, []).append(edge)
        into.setdefault(edge.target, []).append(edge)
    return Graph(
        nodes,
        {key: tuple(found) for key, found in out.items()},
        {key: tuple(found) for key, found in into.items()},
        tuple(differ),
        _alike(nodes.values()),
    )


def _alike(nodes: Iterable[Node]) -> dict[str, int]:
    groups: dict[bytes, int] = {}
    found: dict[str, int] = {}
    for node in nodes:
        if node.what is not None:
            # Where a fact was read makes no difference to what it means.
            written = msgspec.json.encode(msgspec.structs.replace(node.what.confinement, evidence=()), order="deterministic")
            found[node.id] = groups.setdefault(written, len(groups))
    return found


def _merged(views: list[Node]) -> tuple[Node, tuple[Disagreement, ...]]:
    first = views[0]
    if len(views) == 1:
        return first, ()
    workloads = [view.what for view in views if view.what is not None]
    components = [view.component for view in views if view.component is not None]
    kernel = next((view.kernel for view in views if view.kernel is not None), None)
    component = _component(components) if components else None
    if not workloads:
        return msgspec.structs.replace(first, component=component, kernel=kernel), ()
    result = joined(workloads)
    label = str(result.workload.identity)
    return msgspec.structs.replace(first, label=label, what=result.workload), result.disagreements


def _component(views: list[Component]) -> Component:
    best = next((view for view in views if isinstance(view.version, Known)), views[0])
    package = best.package or next((view.package for view in views if view.package), None)
    calls = tuple(dict.fromkeys(name for view in views for name in view.calls))
    return msgspec.structs.replace(best, package=package, calls=calls)
