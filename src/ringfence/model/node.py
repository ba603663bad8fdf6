"""Nodes and edges of the one graph. Storeys make them in `relations`; they join by equal ids, never by import."""

from enum import StrEnum

from ringfence.model.access import Grant
from ringfence.model.component import Component, KernelState
from ringfence.model.fact import Fact
from ringfence.model.location import Location
from ringfence.model.package import Package
from ringfence.model.workload import Workload


class NodeKind(StrEnum):
    """What a node stands for. A workload is one container; an exposure is a place from which something can be reached."""

    CLUSTER = "cluster"
    HOST = "host"
    COMPONENT = "component"
    POD = "pod"
    WORKLOAD = "workload"
    VOLUME = "volume"
    EXPOSURE = "exposure"
    REGISTRY = "registry"
    IMAGE = "image"
    LAYER = "layer"
    PACKAGE = "package"
    SECRET = "secret"  # noqa: S105 - the name of a kind, not a secret
    NAMESPACE = "namespace"
    IDENTITY = "identity"
    PERMISSION = "permission"
    ACCOUNT = "account"
    SIGNER = "signer"


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
    IN_CLUSTER = "in-cluster"
    PART_OF = "part-of"
    MOUNTS = "mounts"
    EXPOSES = "exposes"
    MAY_EXPOSE = "may-expose"
    REACHES = "reaches"
    COMMANDS = "commands"
    VOUCHED_BY = "vouched-by"
    FROM_REGISTRY = "from-registry"
    HAS_LAYER = "has-layer"
    CONTAINS = "contains"
    MEMBER_OF = "member-of"
    HOLDS = "holds"
    TOKEN_OF = "token-of"  # noqa: S105 - the name of a relation, not a token


class Node(Fact):
    """A thing in the stack. `id` is unique over all storeys (see the functions below); `what` is the typed thing itself."""

    id: str
    kind: NodeKind
    label: str
    what: Workload | None = None
    component: Component | None = None
    kernel: KernelState | None = None
    package: Package | None = None
    grant: Grant | None = None
    labels: tuple[tuple[str, str], ...] = ()
    """What else a judgement may ask of it, by name: a namespace's `pod-security` level, whether a pod's `processes` are
    shared, what a container's pod is `made-by`."""


class Edge(Fact):
    """A directed relation between two node ids. The far end may be named by another storey, or by none.

    `because` says in a few words what shows it, where that is not plain from its ends; `at` where it is written.
    """

    source: str
    target: str
    kind: EdgeKind
    because: str = ""
    at: Location = Location()


class Relations(Fact):
    """What one storey's facts add to the graph."""

    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()


DEFAULT_NAMESPACE = "default"
"""Where an object stands whose manifest names no namespace, unless the client is told otherwise."""


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


def secret_id(namespace: str, name: str, cluster: str = "") -> str:
    """The id of a secret in a namespace; one that is not named is the client's own."""
    return f"secret:{f'{cluster}/' if cluster else ''}{namespace or DEFAULT_NAMESPACE}/{name}"


def namespace_of_secret(secret: str) -> tuple[str, str]:
    """The cluster (empty where it has no name) and the namespace out of a secret's id."""
    *cluster, namespace, _ = secret.removeprefix("secret:").split("/")
    return "/".join(cluster), namespace


def image_id(digest_or_reference: str) -> str:
    """The id of an image."""
    return f"image:{digest_or_reference}"


def namespace_id(name: str, cluster: str = "") -> str:
    """The id of a namespace of a cluster; one that is not named is the client's own, by default `default`."""
    return f"namespace:{cluster}/{name or DEFAULT_NAMESPACE}"


def cluster_id(name: str) -> str:
    """The id of a cluster; manifests that name none are one cluster without a name."""
    return f"cluster:{name}"


def pod_id(namespace: str, kind: str, name: str, cluster: str = "") -> str:
    """The id of a pod, or of what makes pods: the containers in it share its fate."""
    return f"pod:{cluster}/{namespace or DEFAULT_NAMESPACE}/{kind}/{name}"


def permission_id(role: str, binding: str, cluster: str = "") -> str:
    """The id of what one binding grants: a role (`ClusterRole/view`, `Role/shop/reader`) through a binding."""
    return f"permission:{cluster}/{role}::{binding}"


def account_id(node: str, name: str) -> str:
    """The id of an account of a host."""
    return f"account:{node}:{name}"


def signer_id(name: str) -> str:
    """The id of who signs images, by the key's file or the identity that a policy names."""
    return f"signer:{name}"


def registry_id(name: str) -> str:
    """The id of a registry, by its host name."""
    return f"registry:{name}"


def exposure_id(place: str, cluster: str = "") -> str:
    """The id of a place that something can be reached from: `internet`, `cluster-network`, `host-network`."""
    return f"exposure:{cluster}/{place}"


def volume_id(node: str, path: str) -> str:
    """The id of a path of a host that is mounted into containers; an empty node is any host."""
    return f"volume:{node}:{path}"


def layer_id(diff_id: str) -> str:
    """The id of an image layer, by the digest of its tar: the same in every image that has it."""
    return f"layer:{diff_id}"


def package_id(purl: str) -> str:
    """The id of a package, the same wherever it is installed."""
    return f"package:{purl}"


def identity_id(name: str, cluster: str = "") -> str:
    """The id of an identity, by the name its cluster knows it by (`system:serviceaccount:NAMESPACE:NAME`)."""
    return f"identity:{cluster}/{name}"
