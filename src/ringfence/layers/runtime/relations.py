"""The storey in the graph: a host has engines and runtimes, engines call runtimes, containers were started by both."""

from collections.abc import Iterator

from ringfence.layers.runtime.facts import Facts
from ringfence.model.component import Component
from ringfence.model.node import Edge, EdgeKind, Node, NodeKind, Relations, component_id, host_id, image_id, workload_id
from ringfence.model.workload import Workload

SANDBOXING = "kata-containers"
"""The runtime whose containers have a kernel of their own."""


def relations(facts: Facts) -> Relations:
    """Nodes and edges of one host."""
    host = host_id(facts.node)
    nodes = [Node(id=host, kind=NodeKind.HOST, label=facts.node)]
    edges: list[Edge] = []
    ids = {item.name: _id(item, facts.components) for item in reversed(facts.components) if not item.guest}
    for component in facts.components:
        own = _id(component, facts.components)
        nodes.append(Node(id=own, kind=NodeKind.COMPONENT, label=component.label, component=component))
        edges.append(Edge(source=host, target=own, kind=EdgeKind.HAS))
        if component.guest:
            edges.append(Edge(source=component_id(component.node, SANDBOXING), target=own, kind=EdgeKind.CALLS))
        edges.extend(
            Edge(source=own, target=ids.get(name, component_id(component.node, name)), kind=EdgeKind.CALLS)
            for name in component.calls
        )
    for workload in facts.workloads:
        nodes.append(Node(id=workload_id(workload), kind=NodeKind.WORKLOAD, label=str(workload.identity), what=workload))
        edges.extend(_edges(workload, ids))
    return Relations(nodes=tuple(nodes), edges=tuple(edges))


def _id(component: Component, among: tuple[Component, ...]) -> str:
    """The first copy of a component has the plain id, so that other storeys can name it; further ones add their path.

    A guest's kernel always does: the plain one is the host's.
    """
    if component.guest:
        return component_id(component.node, component.name, component.path)
    first = next(item for item in among if item.name == component.name)
    return component_id(component.node, component.name, "" if first is component else component.path)


def _edges(workload: Workload, ids: dict[str, str]) -> Iterator[Edge]:
    own = workload_id(workload)
    if workload.node:
        yield Edge(source=own, target=host_id(workload.node), kind=EdgeKind.RUNS_ON)
    for name in dict.fromkeys((workload.engine, workload.oci_runtime)):
        if name:
            yield Edge(source=own, target=ids.get(name, component_id(workload.node, name)), kind=EdgeKind.STARTED_BY)
    if image := workload.image_digest or workload.image:
        yield Edge(source=own, target=image_id(image), kind=EdgeKind.USES_IMAGE)
