"""The same workloads on another node's kernel: the target decides what their capabilities and system calls reach."""

from dataclasses import dataclass

from msgspec.structs import replace

from ringfence.graph.assemble import Graph
from ringfence.graph.judge import KERNEL
from ringfence.model.component import Component, KernelState
from ringfence.model.node import Edge, EdgeKind, Node, NodeKind, component_id, host_id


@dataclass(frozen=True, slots=True)
class TargetKernel:
    """A kernel to judge against: how it is set, and which it is. What nobody told of it is unknown."""

    kernel: KernelState
    component: Component

    @property
    def label(self) -> str:
        """For people: the node it was collected on, or its release."""
        return self.kernel.node


def on_target(graph: Graph, target: TargetKernel) -> Graph:
    """The graph as if every host had this kernel, and nothing of its own but the runtimes; one host if it has none."""
    hosts = graph.kind(NodeKind.HOST)
    if not hosts:
        return _with_host(graph, target)
    changed: dict[str, Node] = {}
    for host in hosts:
        changed[host.id] = replace(host, label=target.label, kernel=target.kernel)
        for key in graph.targets(host.id, EdgeKind.HAS):
            node = graph.nodes.get(key)
            own = node.component if node is not None else None
            if node is not None and own is not None and own.name == KERNEL and not own.guest:
                changed[key] = replace(node, label=target.component.label, component=target.component)
    return graph.with_nodes(changed)


def _with_host(graph: Graph, target: TargetKernel) -> Graph:
    host, linux = host_id(target.label), component_id(target.label, KERNEL)
    nodes = {
        host: Node(id=host, kind=NodeKind.HOST, label=target.label, kernel=target.kernel),
        linux: Node(id=linux, kind=NodeKind.COMPONENT, label=target.component.label, component=target.component),
    }
    has = Edge(source=host, target=linux, kind=EdgeKind.HAS)
    out = {**graph.out, host: (has,)}
    into = {**graph.into, linux: (has,)}
    return Graph({**graph.nodes, **nodes}, out, into, graph.disagreements)
