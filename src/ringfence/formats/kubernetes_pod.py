"""A pod specification as it is written: each setting with its place, nothing inherited and no default applied yet.

Source: Kubernetes API reference, `core/v1` PodSpec, PodSecurityContext, SecurityContext and Volume (v1.36); legacy AppArmor
annotations (`container.apparmor.security.beta.kubernetes.io/NAME`, deprecated since 1.30).
"""

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

import msgspec

from ringfence.formats.document_tree import Cursor
from ringfence.formats.kubernetes_container import Container, ContainerRole, container
from ringfence.model.fact import Fact
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.workload import SecretRef, WorkloadId

T = TypeVar("T")

APPARMOR_ANNOTATION = "container.apparmor.security.beta.kubernetes.io/"
"""Prefix of the annotations that named AppArmor profiles before there was a field."""
SECCOMP_ANNOTATION = "container.seccomp.security.alpha.kubernetes.io/"
"""Prefix of the annotations that named the seccomp profiles of containers before 1.19."""
SECCOMP_POD_ANNOTATION = "seccomp.security.alpha.kubernetes.io/pod"
"""The annotation that named a pod's seccomp profile before 1.19."""


class Setting(msgspec.Struct, Generic[T], frozen=True, omit_defaults=True):
    """A field as written: None where it is not, `Unknown` where what stands there cannot be read."""

    value: Known[T] | Unknown | None = None
    at: Location = Location()


UNSET: Setting[Any] = Setting()
"""What is not written anywhere."""


class Profile(Fact):
    """A `seccompProfile` or `appArmorProfile`: `kind` is RuntimeDefault, Localhost, Unconfined or not yet rendered text."""

    kind: str
    localhost: str = ""


class CapabilityChange(Fact):
    """The names that `capabilities` adds and drops, as written."""

    add: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()


class SecurityContext(Fact):
    """A security context, of a pod or of a container; a pod's has no value for what only containers can set."""

    privileged: Setting[bool] = UNSET
    run_as_user: Setting[int] = UNSET
    run_as_group: Setting[int] = UNSET
    run_as_non_root: Setting[bool] = UNSET
    allow_privilege_escalation: Setting[bool] = UNSET
    read_only_root: Setting[bool] = UNSET
    proc_mount: Setting[str] = UNSET
    selinux_type: Setting[str] = UNSET
    selinux_user: Setting[str] = UNSET
    selinux_role: Setting[str] = UNSET
    selinux_level: Setting[str] = UNSET
    host_process: Setting[bool] = UNSET
    seccomp: Setting[Profile] = UNSET
    apparmor: Setting[Profile] = UNSET
    capabilities: Setting[CapabilityChange] = UNSET


INHERITED = (
    *("run_as_user", "run_as_group", "run_as_non_root", "selinux_type", "selinux_user", "selinux_role", "selinux_level"),
    *("seccomp", "apparmor", "host_process"),
)
"""Settings a container takes over from its pod where it has none. Source: Kubernetes v1.36 pkg/securitycontext/util.go."""


class Volume(Fact):
    """A volume: `kind` is the key of its source (`hostPath`, `secret`, `emptyDir`). `secrets` are those it holds.

    `driver` is that of a `csi` or `flexVolume` source.
    """

    name: str
    kind: str = "emptyDir"
    host_path: Setting[str] = UNSET
    host_path_type: str = ""
    secrets: tuple[SecretRef, ...] = ()
    token: bool = False
    driver: str = ""
    at: Location = Location()


class VolumeMount(Fact):
    """Where a container sees a volume."""

    volume: str
    destination: str
    read_only: Known[bool] | Unknown | None = None
    propagation: str = ""
    sub_path: str = ""
    at: Location = Location()


class Named(Fact):
    """A name or value with its place: a sysctl, the host that a probe asks, an annotation (`name` is its key)."""

    name: str
    value: str = ""
    at: Location = Location()


class PodContainer(Fact):
    """A container with what the kernel is asked to hold it by.

    `handler_hosts` are the hosts, named instead of the pod's own, that its probes and lifecycle handlers ask.
    """

    container: Container
    security: SecurityContext = SecurityContext()
    mounts: tuple[VolumeMount, ...] = ()
    devices: tuple[str, ...] = ()
    handler_hosts: tuple[Named, ...] = ()

    @property
    def identity(self) -> WorkloadId:
        """The names of the container."""
        return self.container.identity


class PodSpec(Fact):
    """A pod, or the template of one.

    `owner` names the object it stands in. `os` is `linux`, `windows` or empty, from `spec.os` or the node selector;
    `declared_os` from `spec.os` alone. `profile_annotations` are the annotations that name AppArmor and seccomp profiles,
    `container_ids` are those that its containers run under, by their names, as a cluster tells them of pods that it started,
    `made_by` the object that makes such pods (`Deployment/web`).
    `groups` the further groups its processes are in (`fs_group` and `supplemental_groups` as written), `tolerations` the
    taints it bears (an empty name: all), `node_labels` the labels of nodes it asks for.
    """

    owner: WorkloadId
    at: Location = Location()
    security: SecurityContext = SecurityContext()
    host_network: Setting[bool] = UNSET
    host_pid: Setting[bool] = UNSET
    host_ipc: Setting[bool] = UNSET
    host_users: Setting[bool] = UNSET
    share_process_namespace: Setting[bool] = UNSET
    runtime_class: Setting[str] = UNSET
    automount_token: Setting[bool] = UNSET
    service_account: str = "default"
    os: str = ""
    declared_os: str = ""
    labels: Known[dict[str, str]] | Unknown = Known({})
    profile_annotations: tuple[Named, ...] = ()
    host_aliases: tuple[Named, ...] = ()
    account_written: bool = False
    deprecated_account: Setting[str] = UNSET
    node_name: Setting[str] = UNSET
    priority_class: Setting[str] = UNSET
    tolerations: tuple[Named, ...] = ()
    node_labels: tuple[Named, ...] = ()
    groups: tuple[int, ...] = ()
    fs_group: Setting[int] = UNSET
    supplemental_groups: tuple[Setting[int], ...] = ()
    sysctls: tuple[Named, ...] = ()
    volumes: tuple[Volume, ...] = ()
    pull_secrets: tuple[SecretRef, ...] = ()
    containers: tuple[PodContainer, ...] = ()
    container_ids: dict[str, str] = {}
    made_by: str = ""

    @property
    def identity(self) -> WorkloadId:
        """The object that the pod stands in."""
        return self.owner

    def effective_containers(self) -> "Iterator[PodContainer]":
        """The containers with what they inherit from the pod: a setting of their own goes before the pod's."""
        for item in self.containers:
            inherited = {
                name: getattr(self.security, name)
                for name in INHERITED
                if getattr(item.security, name).value is None and getattr(self.security, name).value is not None
            }
            if inherited:
                yield msgspec.structs.replace(item, security=msgspec.structs.replace(item.security, **inherited))
            else:
                yield item


def pod_spec(spec: Cursor, metadata: Cursor, owner: WorkloadId) -> PodSpec:
    """The pod that `spec` and the metadata beside it describe. Raises `Malformed` for a field of the wrong form."""
    annotations, labels = metadata.get("annotations"), metadata.get("labels")
    sysctls = spec.get("securityContext", "sysctls")
    return PodSpec(
        owner=owner,
        at=spec.at,
        security=_security(spec.get("securityContext")),
        host_network=_boolean(spec.get("hostNetwork")),
        host_pid=_boolean(spec.get("hostPID")),
        host_ipc=_boolean(spec.get("hostIPC")),
        host_users=_boolean(spec.get("hostUsers")),
        share_process_namespace=_boolean(spec.get("shareProcessNamespace")),
        runtime_class=_told(spec.get("runtimeClassName")),
        automount_token=_boolean(spec.get("automountServiceAccountToken")),
        # `serviceAccount` is the deprecated name; the API server copies it over.
        service_account=spec.get("serviceAccountName").text() or spec.get("serviceAccount").text() or "default",
        os=(spec.get("os", "name").text() or spec.get("nodeSelector", "kubernetes.io/os").text()).lower(),
        host_aliases=tuple(Named(name=item.get("ip").text(), at=item.at) for item in _items(spec.get("hostAliases"))),
        account_written=bool(spec.get("serviceAccountName").text() or spec.get("serviceAccount").text()),
        deprecated_account=_told(spec.get("serviceAccount")),
        node_name=_told(spec.get("nodeName")),
        priority_class=_told(spec.get("priorityClassName")),
        tolerations=tuple(
            Named(name=item.get("key").text(), value=item.get("effect").text(), at=item.at)
            for item in _items(spec.get("tolerations"))
        ),
        node_labels=tuple(_node_labels(spec)),
        groups=tuple(_groups(spec.get("securityContext"))),
        fs_group=_number(spec.get("securityContext", "fsGroup")),
        supplemental_groups=tuple(_number(item) for item in _items(spec.get("securityContext", "supplementalGroups"))),
        declared_os=spec.get("os", "name").text(),
        labels=_unrendered(labels) if labels.templated else Known({key: value.text() for key, value in labels.entries()}),
        profile_annotations=() if annotations.templated else tuple(_profile_annotations(annotations)),
        sysctls=tuple(Named(name=item.get("name").text(), at=item.get("name").at) for item in sysctls.items()),
        volumes=tuple(_volume(item) for item in spec.get("volumes").items()),
        pull_secrets=tuple(
            SecretRef(name=item.get("name").text(), via="image-pull", at=item.at)
            for item in spec.get("imagePullSecrets").items()
        ),
        containers=tuple(_containers(spec, annotations, owner)),
    )


def _profile_annotations(annotations: Cursor) -> Iterator[Named]:
    for key, value in annotations.entries():
        if key.startswith((APPARMOR_ANNOTATION, SECCOMP_ANNOTATION)) or key == SECCOMP_POD_ANNOTATION:
            yield Named(name=key, value=value.text(), at=value.at)


def _items(listed: Cursor) -> tuple[Cursor, ...]:
    return () if listed.templated else tuple(item for item in listed.items() if not item.templated)


def _node_labels(spec: Cursor) -> Iterator[Named]:
    """The labels of nodes that the pod asks for, by its selector or by required affinity."""
    selector = spec.get("nodeSelector")
    for key, value in () if selector.templated else selector.entries():
        yield Named(name=key, value=value.text(), at=value.at)
    affinity = spec.get("affinity")
    if affinity.templated or affinity.get("nodeAffinity").templated:
        return
    required = affinity.get("nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
    for term in () if required.templated else _items(required.get("nodeSelectorTerms")):
        for match in _items(term.get("matchExpressions")):
            if match.get("operator").text() in ("In", "Exists"):
                yield Named(name=match.get("key").text(), at=match.at)


def _groups(security: Cursor) -> Iterator[int]:
    if security.templated:
        return
    for place in (security.get("fsGroup"), *_items(security.get("supplementalGroups"))):
        told = place.number()
        if isinstance(told, Known):
            yield told.value


def _containers(spec: Cursor, annotations: Cursor, owner: WorkloadId) -> Iterator[PodContainer]:
    for item in spec.get("initContainers").items():
        stays = item.get("restartPolicy").text() == "Always"
        yield _pod_container(item, ContainerRole.SIDECAR if stays else ContainerRole.INIT, annotations, owner)
    for item in spec.get("containers").items():
        yield _pod_container(item, ContainerRole.REGULAR, annotations, owner)
    for item in spec.get("ephemeralContainers").items():
        yield _pod_container(item, ContainerRole.EPHEMERAL, annotations, owner)


def _pod_container(here: Cursor, role: ContainerRole, annotations: Cursor, owner: WorkloadId) -> PodContainer:
    security = _security(here.get("securityContext"))
    legacy = Cursor(None) if annotations.templated else annotations.get(APPARMOR_ANNOTATION + here.get("name").text())
    if security.apparmor.value is None and legacy.written:
        security = msgspec.structs.replace(security, apparmor=_legacy_apparmor(legacy))
    return PodContainer(
        container=container(here, role, owner),
        security=security,
        mounts=tuple(_mount(item) for item in here.get("volumeMounts").items()),
        devices=tuple(item.get("devicePath").text() for item in here.get("volumeDevices").items()),
        handler_hosts=tuple(_handler_hosts(here)),
    )


def _handler_hosts(here: Cursor) -> Iterator[Named]:
    lifecycle = here.get("lifecycle")
    handlers = [here.get(f"{kind}Probe") for kind in ("liveness", "readiness", "startup")]
    handlers += [lifecycle.get(kind) for kind in ("postStart", "preStop")]
    for handler in handlers:
        if handler.templated:
            continue
        for action in ("httpGet", "tcpSocket"):
            host = handler.get(action, "host")
            if host.text():
                yield Named(name=host.text(), at=host.at)


def _security(here: Cursor) -> SecurityContext:
    return SecurityContext(
        privileged=_boolean(here.get("privileged")),
        run_as_user=_number(here.get("runAsUser")),
        run_as_group=_number(here.get("runAsGroup")),
        run_as_non_root=_boolean(here.get("runAsNonRoot")),
        allow_privilege_escalation=_boolean(here.get("allowPrivilegeEscalation")),
        read_only_root=_boolean(here.get("readOnlyRootFilesystem")),
        proc_mount=_told(here.get("procMount")),
        selinux_type=_told(here.get("seLinuxOptions", "type")),
        selinux_user=_told(here.get("seLinuxOptions", "user")),
        selinux_role=_told(here.get("seLinuxOptions", "role")),
        selinux_level=_told(here.get("seLinuxOptions", "level")),
        host_process=_boolean(here.get("windowsOptions", "hostProcess")),
        seccomp=_profile(here.get("seccompProfile")),
        apparmor=_profile(here.get("appArmorProfile")),
        capabilities=_capabilities(here.get("capabilities")),
    )


def _boolean(here: Cursor) -> Setting[bool]:
    return Setting(here.boolean(), here.at)


def _number(here: Cursor) -> Setting[int]:
    return Setting(here.number(), here.at)


def _told(here: Cursor) -> Setting[str]:
    return Setting(here.told(), here.at)


def _profile(here: Cursor) -> Setting[Profile]:
    if not here.written or here.templated:
        return Setting(_unrendered(here) if here.written else None, here.at)
    match here.get("type").told():
        case Known(kind):
            return Setting(Known(Profile(kind=kind, localhost=here.get("localhostProfile").text())), here.get("type").at)
        case other:
            return Setting(other, here.at)


def _legacy_apparmor(here: Cursor) -> Setting[Profile]:
    kind, _, name = here.text().partition("/")
    kinds = {"runtime": "RuntimeDefault", "localhost": "Localhost", "unconfined": "Unconfined"}
    return Setting(Known(Profile(kind=kinds.get(kind, kind), localhost=name)), here.at)


def _capabilities(here: Cursor) -> Setting[CapabilityChange]:
    add, drop = ((Cursor(None) if here.templated else here.get(name)) for name in ("add", "drop"))
    if here.templated or add.templated or drop.templated:
        return Setting(_unrendered(here), here.at)
    if not here.written:
        return Setting(None, here.at)
    change = CapabilityChange(add=add.texts(), drop=drop.texts())
    if any("{{" in name for name in (*change.add, *change.drop)):
        return Setting(_unrendered(here), here.at)
    return Setting(Known(change), add.at if add.written else drop.at if drop.written else here.at)


def _unrendered(here: Cursor) -> Unknown:
    return Unknown(f"{here.field} is a template that was not rendered")


def _volume(here: Cursor) -> Volume:
    kind = next((name for name, value in here.entries() if name != "name" and value.written), "emptyDir")
    source = here.get(kind)
    path = here.get("hostPath")
    return Volume(
        name=here.get("name").text(),
        kind=kind,
        host_path=_told(path.get("path")),
        host_path_type=path.get("type").text(),
        driver=source.get("driver").text() if kind in ("csi", "flexVolume") else "",
        secrets=tuple(_volume_secrets(kind, source)),
        at=source.at,
        token=kind == "projected" and any(item.get("serviceAccountToken").written for item in source.get("sources").items()),
    )


def _volume_secrets(kind: str, source: Cursor) -> Iterator[SecretRef]:
    if kind == "secret":
        yield SecretRef(name=source.get("secretName").text(), via="volume", at=source.at)
    elif kind == "projected":
        for item in source.get("sources").items():
            if item.get("secret").written:
                yield SecretRef(name=item.get("secret", "name").text(), via="volume", at=item.at)
    elif kind == "csi" and source.get("nodePublishSecretRef").written:
        yield SecretRef(name=source.get("nodePublishSecretRef", "name").text(), via="node-publish", at=source.at)


def _mount(here: Cursor) -> VolumeMount:
    return VolumeMount(
        volume=here.get("name").text(),
        destination=here.get("mountPath").text(),
        read_only=here.get("readOnly").boolean(),
        propagation=here.get("mountPropagation").text(),
        sub_path=here.get("subPath").text(),
        at=here.at,
    )
