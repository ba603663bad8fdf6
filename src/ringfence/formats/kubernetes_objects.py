"""Objects of the Kubernetes API out of document trees: which they are, and the narrow form of those we judge.

Source: Kubernetes API reference v1.36. A kind we do not know is searched for pod templates by their shape, because
operators (rollouts, training jobs, serverless services) put them into kinds of their own.
"""

from collections.abc import Iterator

import msgspec

from ringfence.formats import credential_text, kubernetes_rbac
from ringfence.formats.document_tree import Cursor, Mapping, Sequence, Tree
from ringfence.formats.encryption_configuration import EncryptionConfiguration, encryption_configuration
from ringfence.formats.kubernetes_component import Component, component, kubelet_configuration
from ringfence.formats.kubernetes_container import FoundCredential
from ringfence.formats.kubernetes_network import Ingress, NetworkPolicy, Service, ingress, network_policy, service
from ringfence.formats.kubernetes_pod import PodSpec, pod_spec
from ringfence.formats.kubernetes_rbac import Role, RoleBinding
from ringfence.model.fact import Fact
from ringfence.model.knowledge import Known, Maybe, Unknown
from ringfence.model.location import Location
from ringfence.model.workload import WorkloadId

MAX_TEMPLATES = 100
"""Pod templates taken of one object of an unknown kind."""
MAX_LISTS = 8
"""Lists inside lists followed."""

_POD_TEMPLATES = {
    "Pod": (),
    "PodTemplate": ("template",),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    **dict.fromkeys(
        ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "ReplicationController", "DeploymentConfig"),
        ("spec", "template"),
    ),
}
_WITHOUT_PODS = frozenset({"CustomResourceDefinition", "Event", "Node", "PersistentVolume", "Lease", "APIService"})


class ObjectName(Fact):
    """What an object is and where it stands. An empty namespace was not written: the client's own, or none."""

    api_version: str
    kind: str
    namespace: str = ""
    name: str = ""
    at: Location = Location()


class ServiceAccount(Fact):
    """An identity of pods. `automount` is None where it is not written."""

    namespace: str
    name: str
    automount: Known[bool] | Unknown | None = None
    at: Location = Location()


class Secret(Fact):
    """A Secret without its data: which keys it has, and whether their values are written in the manifest."""

    namespace: str
    name: str
    type: str = "Opaque"
    keys: tuple[str, ...] = ()
    has_values: bool = False
    at: Location = Location()


class ConfigMap(Fact):
    """A ConfigMap without its data: its keys, what credentials its values hold, and keys whose value is a template."""

    namespace: str = ""
    name: str = ""
    keys: tuple[str, ...] = ()
    credentials: tuple[FoundCredential, ...] = ()
    unreadable_values: tuple[str, ...] = ()
    at: Location = Location()


class Namespace(Fact):
    """A namespace with its labels."""

    name: str
    labels: Maybe[dict[str, str]] = Known({})
    at: Location = Location()


Parsed = (
    PodSpec
    | ServiceAccount
    | Secret
    | ConfigMap
    | Namespace
    | Role
    | RoleBinding
    | Service
    | Ingress
    | NetworkPolicy
    | Component
    | EncryptionConfiguration
)
"""What one object may give."""


def objects(tree: Tree, path: str) -> Iterator[Cursor]:
    """The objects of one document: itself, or the members of a List. What has no apiVersion and kind is passed over.

    Raises `Malformed` for a List whose items are none.
    """
    yield from _members(Cursor(tree, path, "", tree.line), MAX_LISTS)


def _members(here: Cursor, left: int) -> Iterator[Cursor]:
    if not isinstance(here.node, Mapping):
        return
    kind, version = here.node.entries.get("kind"), here.node.entries.get("apiVersion")
    if not _is_text(kind) or not _is_text(version):
        return
    if here.get("kind").text().endswith("List") and "items" in here.node.entries and left:
        for item in here.get("items").items():
            yield from _members(Cursor(item.node, here.path, "", item.line), left - 1)
    else:
        yield here


def _is_text(node: Tree | None) -> bool:
    return node is not None and not isinstance(node, Mapping | Sequence) and bool(node.text)


def name_of(here: Cursor) -> ObjectName:
    """What the object at `here` is. Raises `Malformed` for metadata of the wrong form."""
    metadata = here.get("metadata")
    return ObjectName(
        api_version=here.get("apiVersion").text(),
        kind=here.get("kind").text(),
        namespace=metadata.get("namespace").text(),
        name=metadata.get("name").text() or metadata.get("generateName").text(),
        at=here.at,
    )


def parse(here: Cursor, named: ObjectName) -> Iterator[Parsed]:
    """What the object at `here` gives; nothing for kinds that hold nothing we judge.

    Raises `Malformed` for a field of the wrong form.
    """
    match named.kind:
        case "ServiceAccount":
            automount = here.get("automountServiceAccountToken").boolean()
            yield ServiceAccount(namespace=named.namespace, name=named.name, automount=automount, at=named.at)
        case "Secret":
            yield _secret(here, named)
        case "ConfigMap":
            yield _config_map(here, named)
        case "Namespace":
            yield Namespace(name=named.name, labels=_labels(here.get("metadata", "labels")), at=named.at)
        case "Role" | "ClusterRole":
            yield kubernetes_rbac.role(here, named.namespace)
        case "RoleBinding" | "ClusterRoleBinding":
            yield kubernetes_rbac.binding(here, named.namespace)
        case "Service" if named.api_version == "v1":
            yield service(here, named.namespace, named.name)
        case "Ingress":
            yield ingress(here, named.namespace, named.name)
        case "NetworkPolicy":
            yield network_policy(here, named.namespace, named.name)
        case "EncryptionConfiguration":
            yield encryption_configuration(here)
        case "KubeletConfiguration":
            yield kubelet_configuration(here)
        case _:
            yield from _pods(here, named)


def _labels(here: Cursor) -> Maybe[dict[str, str]]:
    if here.templated:
        return Unknown("the labels are a template that was not rendered")
    return Known({name: value.text() for name, value in here.entries()})


def _secret(here: Cursor, named: ObjectName) -> Secret:
    data, text = here.get("data"), here.get("stringData")
    pairs = [(name, value) for part in (data, text) if not part.templated for name, value in part.entries()]
    return Secret(
        namespace=named.namespace,
        name=named.name,
        type=here.get("type").text("Opaque"),
        keys=tuple(dict.fromkeys(name for name, _ in pairs)),
        has_values=any(value.written and value.text() and not value.templated for _, value in pairs),
        at=named.at,
    )


def _config_map(here: Cursor, named: ObjectName) -> ConfigMap:
    data = here.get("data")
    pairs = [] if data.templated else list(data.entries())
    names = [name for name, _ in pairs] + [name for name, _ in here.get("binaryData").entries()]
    return ConfigMap(
        namespace=named.namespace,
        name=named.name,
        keys=tuple(names),
        credentials=tuple(
            FoundCredential(credential=found, at=value.at)
            for name, value in pairs
            for found in credential_text.in_text(name, value.text())
        ),
        unreadable_values=(data.field,) if data.templated else tuple(name for name, value in pairs if value.templated),
        at=named.at,
    )


def _pods(here: Cursor, named: ObjectName) -> Iterator[PodSpec | Component]:
    owner = WorkloadId(namespace=named.namespace, kind=named.kind, name=named.name)
    way = _POD_TEMPLATES.get(named.kind)
    if way is not None and (way != ("template",) or named.api_version == "v1"):
        template = here.get(*way)
        if template.get("spec").written:
            pod = pod_spec(template.get("spec"), template.get("metadata"), owner)
            if named.kind == "Pod":
                pod = msgspec.structs.replace(pod, container_ids=_container_ids(here), made_by=_controller(here))
            yield pod
            for item in template.get("spec", "containers").items():
                found = component(item, owner)
                if found is not None:
                    yield found
    elif named.kind not in _WITHOUT_PODS:
        templates = list(_templates(here, Cursor(None), []))
        for template, metadata in templates:
            # Two templates of one object (a launcher and its workers) need two names.
            label = template.field.rsplit(".spec", 1)[0].removesuffix(".template").rsplit(".", 1)[-1]
            name = owner.name if len(templates) == 1 else f"{owner.name}:{label}"
            yield pod_spec(template, metadata, msgspec.structs.replace(owner, name=name))


def _controller(here: Cursor) -> str:
    """The object that makes pods like this one: a ReplicaSet's Deployment, which gives it a hash for a name's end."""
    owners = here.get("metadata", "ownerReferences")
    for item in () if owners.templated else owners.items():
        if item.get("controller").text() == "true":
            kind, name = item.get("kind").text(), item.get("name").text()
            ending = f"-{here.get('metadata', 'labels', 'pod-template-hash').text()}"
            made = kind == "ReplicaSet" and len(ending) > 1 and name.endswith(ending)
            return f"Deployment/{name.removesuffix(ending)}" if made else f"{kind}/{name}"
    return ""


def _container_ids(here: Cursor) -> dict[str, str]:
    """The ids of a pod's containers by their names, out of `containerd://ID` (core/v1, ContainerStatus)."""
    told = {}
    for key in ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"):
        listed = here.get("status", key)
        for item in () if listed.templated else listed.items():
            if item.get("state", "running").written:
                told[item.get("name").text()] = item.get("containerID").text().rpartition("://")[2]
    return {name: key for name, key in told.items() if name and key}


def _templates(here: Cursor, metadata: Cursor, found: list[str]) -> Iterator[tuple[Cursor, Cursor]]:
    """Every mapping inside with a list `containers` of which one has an image, and the metadata beside it."""
    if len(found) >= MAX_TEMPLATES:
        return
    if isinstance(here.node, Mapping):
        if _has_containers(here.node.entries.get("containers")):
            found.append(here.field)
            yield here, metadata
            return
        beside = here.node.entries.get("metadata")
        own = here.get("metadata") if isinstance(beside, Mapping) else Cursor(None)
        for name, child in here.entries():
            yield from _templates(child, own if name == "spec" else Cursor(None), found)
    elif isinstance(here.node, Sequence):
        for child in here.items():
            yield from _templates(child, Cursor(None), found)


def _has_containers(node: Tree | None) -> bool:
    return isinstance(node, Sequence) and any(isinstance(item, Mapping) and "image" in item.entries for item in node.items)
