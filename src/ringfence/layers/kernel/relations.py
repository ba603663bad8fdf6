"""A kernel's place in the graph: the host, the component `linux` that it has, and the containers that run on it."""

from msgspec.structs import replace

from ringfence.layers.kernel.facts import Facts
from ringfence.model.component import KernelState
from ringfence.model.knowledge import known_or
from ringfence.model.node import Edge, EdgeKind, Node, NodeKind, Relations, component_id, host_id, workload_id


def relations(facts: Facts) -> Relations:
    """Host, kernel and workloads, with the edges between them."""
    host = host_id(facts.kernel.node)
    linux = component_id(facts.component.node, facts.component.name)
    nodes = [
        Node(id=host, kind=NodeKind.HOST, label=facts.kernel.node, kernel=_kernel(facts)),
        Node(id=linux, kind=NodeKind.COMPONENT, label=facts.component.label, component=facts.component),
    ]
    edges = [Edge(source=host, target=linux, kind=EdgeKind.HAS)]
    for workload in facts.workloads:
        name = workload_id(workload)
        nodes.append(Node(id=name, kind=NodeKind.WORKLOAD, label=str(workload.identity), what=workload))
        edges.append(Edge(source=name, target=host, kind=EdgeKind.RUNS_ON))
    return Relations(nodes=tuple(nodes), edges=tuple(edges))


def _kernel(facts: Facts) -> KernelState:
    """The kernel with the live patches that are in force."""
    patches = tuple(patch.name for patch in known_or(facts.livepatches, ()) if patch.enabled)
    return replace(facts.kernel, livepatches=patches) if patches else facts.kernel
