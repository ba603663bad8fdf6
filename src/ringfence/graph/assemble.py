"""The relations of all storeys as one graph, joined by equal ids."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property

import msgspec

from ringfence.graph.hosts import Grouping, Host, host
from ringfence.graph.joining import Disagreement, Merges, joined
from ringfence.graph.memory import Memory, digest, written
from ringfence.model.component import Component
from ringfence.model.confinement import Confinement
from ringfence.model.knowledge import Known
from ringfence.model.node import Edge, EdgeKind, Node, NodeKind, Relations


@dataclass(frozen=True)
class Graph:
    """Nodes by id, and the edges out of and into each id. An edge may point at an id that no storey gave a node for.

    `memory`, if there is one, has answers of earlier runs (`graph.memory`).
    """

    nodes: dict[str, Node]
    out: dict[str, tuple[Edge, ...]] = field(default_factory=dict)
    into: dict[str, tuple[Edge, ...]] = field(default_factory=dict)
    disagreements: tuple[Disagreement, ...] = ()
    memory: Memory | None = None

    @cached_property
    def alike(self) -> dict[str, int]:
        """The group of equal confinements that each workload is in: what holds for one of a group holds for all."""
        return self.groups.of

    @cached_property
    def groups(self) -> "Groups":
        """The groups of equal confinements."""
        return _alike(self.nodes.values())

    @cached_property
    def hosts(self) -> dict[str, Host]:
        """The hosts by node id."""
        grouping = Grouping()
        found: dict[str, Host] = {}
        for node in self.kind(NodeKind.HOST):
            keys = self.targets(node.id, EdgeKind.HAS)
            components = ((key, self.nodes[key].component) for key in keys if key in self.nodes)
            found[node.id] = host(node, tuple((key, item) for key, item in components if item), grouping)
        return found

    def without(self, gone: Callable[[Edge], bool]) -> "Graph":
        """The same graph without some of its edges."""
        out = {key: tuple(edge for edge in edges if not gone(edge)) for key, edges in self.out.items()}
        into = {key: tuple(edge for edge in edges if not gone(edge)) for key, edges in self.into.items()}
        return Graph(self.nodes, out, into, self.disagreements, self.memory)

    @cached_property
    def started_by(self) -> dict[str, tuple[str, ...]]:
        """The components that started each workload."""
        found = {}
        for node in self.kind(NodeKind.WORKLOAD):
            edges = self.out.get(node.id, ())
            found[node.id] = tuple([edge.target for edge in edges if edge.kind is EdgeKind.STARTED_BY])
        return found

    @cached_property
    def _by_kind(self) -> dict[NodeKind, tuple[Node, ...]]:
        found: dict[NodeKind, list[Node]] = {}
        for node in self.nodes.values():
            found.setdefault(node.kind, []).append(node)
        return {kind: tuple(nodes) for kind, nodes in found.items()}

    def kind(self, kind: NodeKind) -> tuple[Node, ...]:
        """The nodes of a kind, in the order they came."""
        return self._by_kind.get(kind, ())

    def edges(self, kind: EdgeKind) -> Iterable[Edge]:
        """Every edge of a kind."""
        return (edge for edges in self.out.values() for edge in edges if edge.kind is kind)

    def with_nodes(self, changed: dict[str, Node]) -> "Graph":
        """The same graph with other nodes in the places of these ids. What does not hang on them is kept, not made anew."""
        made = Graph({**self.nodes, **changed}, self.out, self.into, self.disagreements, self.memory)
        if not any(node.kind in (NodeKind.HOST, NodeKind.COMPONENT) for node in changed.values()):
            made.__dict__["hosts"] = self.hosts
        if not any(node.kind is NodeKind.WORKLOAD for node in changed.values()):
            made.__dict__["groups"] = self.groups
        return made

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
    merges: Merges = {}
    differ: list[Disagreement] = []
    for key, seen in views.items():
        nodes[key], differences = _merged(seen, merges)
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
    )


@dataclass(frozen=True, slots=True)
class Groups:
    """The number of each workload's group, by node id, and a digest of what those of each group have in common."""

    of: dict[str, int]
    digests: tuple[bytes, ...]


def _alike(nodes: Iterable[Node]) -> Groups:
    groups: dict[bytes, int] = {}
    found: dict[str, int] = {}
    # Stacks of a fleet share equal confinements: each is written once, however many workloads have it.
    seen: dict[int, int] = {}
    for node in nodes:
        if node.what is not None:
            confinement = node.what.confinement
            number = seen.get(id(confinement))
            if number is None:
                number = seen[id(confinement)] = groups.setdefault(_judged(confinement), len(groups))
            found[node.id] = number
    return Groups(found, tuple(groups))


def _judged(confinement: Confinement) -> bytes:
    """A digest of what judgement sees. Where a fact was read makes no difference; nor does a volume of its own."""
    if isinstance(confinement.mounts, Known):
        mounts = Known(tuple(mount for mount in confinement.mounts.value if mount.kind != "bind" or mount.of_host))
        confinement = msgspec.structs.replace(confinement, mounts=mounts)
    return digest(written(msgspec.structs.replace(confinement, evidence=())))


def _merged(views: list[Node], merges: Merges) -> tuple[Node, tuple[Disagreement, ...]]:
    if len(views) == 1:
        return views[0], ()
    if all(view == views[0] for view in views[1:]):
        return views[0], ()
    workloads = [view.what for view in views if view.what is not None]
    if not workloads:
        # Whatever order the views came in, the same one leads; what it does not tell is filled from the others.
        views = sorted(views, key=written)
    first = _filled(views)
    components = [view.component for view in views if view.component is not None]
    kernel = next((view.kernel for view in views if view.kernel is not None), None)
    component = _component(components) if components else None
    if not workloads:
        return msgspec.structs.replace(first, component=component, kernel=kernel), ()
    result = joined(workloads, merges)
    label = str(result.workload.identity)
    return msgspec.structs.replace(first, label=label, what=result.workload), result.disagreements


def _filled(views: list[Node]) -> Node:
    """One node of several that are not workloads or components alone: labels of all, the first package and grant told."""
    return msgspec.structs.replace(
        views[0],
        label=max((view.label for view in views), key=lambda label: (len(label), label)),
        package=next((view.package for view in views if view.package is not None), None),
        grant=next((view.grant for view in views if view.grant is not None), None),
        labels=tuple(sorted({label for view in views for label in view.labels})),
    )


def _component(views: list[Component]) -> Component:
    best = next((view for view in views if isinstance(view.version, Known)), views[0])
    package = best.package or next((view.package for view in views if view.package), None)
    calls = tuple(dict.fromkeys(name for view in views for name in view.calls))
    return msgspec.structs.replace(best, package=package, calls=calls)
