"""Relations told apart by cluster: what two clusters both call `shop/db` or `node-1` are two things.

Facts seldom know the name that people give their cluster, so whoever brings several together says it (`ringfence fleet
take --cluster`). Images, registries, layers and packages are the same everywhere and keep their ids.
"""

from msgspec.structs import replace

from ringfence.graph.assemble import Graph
from ringfence.graph.hosts import Host
from ringfence.model.component import Component, KernelState
from ringfence.model.node import Edge, Node, NodeKind, Relations, cluster_id, host_id
from ringfence.model.workload import Workload

_BY_NAME = ("cluster", "namespace", "pod", "permission", "exposure", "identity")
"""Kinds of ids that begin with the cluster's name, empty where nobody told it (`model.node`)."""
_BY_NODE = ("host", "component", "volume", "account")
"""Kinds of ids that begin with a node's name."""
_LABELLED = frozenset({NodeKind.HOST, NodeKind.NAMESPACE, NodeKind.SECRET, NodeKind.EXPOSURE, NodeKind.ACCOUNT})
"""Kinds whose label is a name that other clusters have too."""


def within(relations: Relations, cluster: str) -> Relations:
    """The same relations, every id and name that is the cluster's own told apart from those of other clusters."""
    if not cluster:
        return relations
    return Relations(
        nodes=tuple(_node(node, cluster) for node in relations.nodes),
        edges=tuple(
            Edge(
                source=_id(edge.source, cluster),
                target=_id(edge.target, cluster),
                kind=edge.kind,
                because=edge.because,
                at=edge.at,
            )
            for edge in relations.edges
        ),
    )


def hosts_of(graph: Graph, cluster: str) -> tuple[Host, ...]:
    """The hosts of a cluster by its id (`cluster:prod`); of one without a name, those that belong to none."""
    name = cluster.removeprefix(cluster_id(""))
    return tuple(host for host in graph.hosts.values() if _cluster_of(host.id) == name)


def _cluster_of(host: str) -> str:
    """No node's name has a slash (RFC 1123), so what stands before one is the cluster's."""
    return host.removeprefix(host_id("")).rpartition("/")[0]


def _id(name: str, cluster: str) -> str:
    kind, _, rest = name.partition(":")
    if kind in _BY_NODE or (kind == "workload" and rest.startswith(":")) or kind == "secret":
        return f"{kind}:{cluster}/{rest}" if kind != "workload" else f"{kind}:{cluster}{rest}"
    if kind == "cluster":
        return f"{kind}:{rest or cluster}"
    if kind in _BY_NAME and rest.startswith("/"):
        return f"{kind}:{cluster}{rest}"
    return name


def _node(node: Node, cluster: str) -> Node:
    label = f"{cluster}/{node.label}" if node.kind in _LABELLED else node.label
    return replace(
        node,
        id=_id(node.id, cluster),
        label=cluster if node.kind is NodeKind.CLUSTER and node.id == cluster_id("") else label,
        what=_workload(node.what, cluster) if node.what else None,
        component=_component(node.component, cluster) if node.component else None,
        kernel=_kernel(node.kernel, cluster) if node.kernel else None,
    )


def _workload(workload: Workload, cluster: str) -> Workload:
    identity = replace(workload.identity, cluster=workload.identity.cluster or cluster)
    return replace(workload, identity=identity, node=f"{cluster}/{workload.node}" if workload.node else "")


def _component(component: Component, cluster: str) -> Component:
    return replace(component, node=f"{cluster}/{component.node}")


def _kernel(kernel: KernelState, cluster: str) -> KernelState:
    return replace(kernel, node=f"{cluster}/{kernel.node}")
