"""Nodes and edges of the one graph. Storeys make them in `relations`; they join by equal ids, never by import."""

from enum import StrEnum

from ringfence.model.component import Component, KernelState
from ringfence.model.fact import Fact
from ringfence.model.workload import Workload


class NodeKind(StrEnum):
    """What a node stands for."""

    HOST = "host"
    COMPONENT = "component"
    WORKLOAD = "workload"
    IMAGE = "image"
    SECRET = "secret"  # noqa: S105 - the name of a kind, not a secret
    NAMESPACE = "namespace"
    IDENTITY = "identity"


class EdgeKind(StrEnum):
    """What an edge says, read from its source to its target."""

    RUNS_ON = "runs-on"
    HAS = "has"
    CALLS = "calls"
    STARTED_BY = "started-by"
    USES_IMAGE = "uses-image"
    READS = "reads"
    IN_NAMESPACE = "in-namespace"
    ACTS_AS = "acts-as"


class Node(Fact):
    """A thing in the stack. `id` is unique over all storeys (see the functions below); `what` is the typed thing itself."""

    id: str
    kind: NodeKind
    label: str
    what: Workload | None = None
    component: Component | None = None
    kernel: KernelState | None = None


class Edge(Fact):
    """A directed relation between two node ids. The far end may be named by another storey, or by none."""

    source: str
    target: str
    kind: EdgeKind


class Relations(Fact):
    """What one storey's facts add to the graph."""

    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()


def host_id(node: str) -> str:
    """The id of a host."""
    return f"host:{node}"


def component_id(node: str, name: str, path: str = "") -> str:
    """The id of a component on a host; `path` tells two copies of the same one apart."""
    return f"component:{node}:{name}:{path}" if path else f"component:{node}:{name}"


def workload_id(workload: Workload) -> str:
    """The id of a workload: its container id where it runs, its names where it is only written down."""
    if workload.container_id:
        return f"workload:{workload.container_id}"
    return f"workload:{workload.identity.cluster}:{workload.location.path}:{workload.identity}"


def secret_id(namespace: str, name: str) -> str:
    """The id of a secret in a namespace."""
    return f"secret:{namespace}/{name}"


def image_id(digest_or_reference: str) -> str:
    """The id of an image."""
    return f"image:{digest_or_reference}"


def namespace_id(name: str, cluster: str = "") -> str:
    """The id of a namespace of a cluster."""
    return f"namespace:{cluster}/{name}"


def identity_id(name: str, cluster: str = "") -> str:
    """The id of an identity, by the name its cluster knows it by (`system:serviceaccount:NAMESPACE:NAME`)."""
    return f"identity:{cluster}/{name}"
