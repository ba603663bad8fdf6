"""Records of a container that have its whole OCI specification inside: `crictl inspect`, containerd's own, CRI-O's.

Sources: kubernetes-sigs/cri-tools cmd/crictl (`inspect` prints `status` and `info`); containerd internal/cri/server
container_status.go (`info.runtimeSpec`, `info.pid`, `info.runtimeType`), CRI-O server/container_status.go; containerd
core/containers (`ctr containers info`: `ID`, `Image`, `Labels`, `Runtime`, `Spec`), which `nerdctl inspect --mode=native`
prints with the process beside it.
"""

import msgspec

from ringfence.errors import Malformed
from ringfence.formats import oci_runtime_spec, typed_json
from ringfence.formats.oci_runtime_spec import RuntimeSpec
from ringfence.model.fact import Fact

CRI_FORM, CONTAINERD_FORM = "inspection by CRI", "containerd container record"


class SpecRecord(Fact):
    """A container with its specification. `pid` is 0 where the record has none; `runtime` is the shim's or OCI's name.

    `privileged` is the runtime's own word, None where it has none. `namespace`, `pod` and `container` are Kubernetes'.
    """

    id: str
    spec: RuntimeSpec
    name: str = ""
    image: str = ""
    image_id: str = ""
    pid: int = 0
    runtime: str = ""
    privileged: bool | None = None
    namespace: str = ""
    pod: str = ""
    container: str = ""


class _Named(msgspec.Struct):
    name: str = ""


class _Image(msgspec.Struct):
    image: str = ""
    userSpecifiedImage: str = ""  # noqa: N815 - the name in the file


class _Status(msgspec.Struct):
    id: str
    metadata: _Named | None = None
    image: _Image | None = None
    imageRef: str = ""  # noqa: N815 - the name in the file
    labels: dict[str, str] | None = None


class _SecurityContext(msgspec.Struct):
    privileged: bool = False


class _CriLinux(msgspec.Struct):
    security_context: _SecurityContext | None = None


class _CriConfig(msgspec.Struct):
    linux: _CriLinux | None = None


class _Info(msgspec.Struct):
    runtimeSpec: msgspec.Raw  # noqa: N815 - the name in the file
    pid: int = 0
    runtimeType: str = ""  # noqa: N815 - the name in the file
    privileged: bool | None = None
    config: _CriConfig | None = None


class _CriInspection(msgspec.Struct):
    status: _Status
    info: _Info


class _Runtime(msgspec.Struct):
    Name: str = ""


class _Process(msgspec.Struct):
    Pid: int = 0


class _Record(msgspec.Struct):
    ID: str
    Spec: msgspec.Raw
    Image: str = ""
    Labels: dict[str, str] | None = None
    Runtime: _Runtime | None = None
    Process: _Process | None = None


POD_LABELS = ("io.kubernetes.pod.namespace", "io.kubernetes.pod.name", "io.kubernetes.container.name")


def parse_cri(data: bytes) -> SpecRecord:
    """What `crictl inspect` prints of one container. Raises `Malformed` or `LimitExceeded`."""
    read = typed_json.decode(data, _CriInspection, CRI_FORM)
    status, info = read.status, read.info
    image, labels = status.image or _Image(), status.labels or {}
    namespace, pod, container = (labels.get(key, "") for key in POD_LABELS)
    asked = info.config.linux.security_context if info.config and info.config.linux else None
    told = info.privileged if asked is None else asked.privileged
    return SpecRecord(
        id=status.id,
        spec=_spec(info.runtimeSpec, CRI_FORM),
        name=status.metadata.name if status.metadata else "",
        image=image.userSpecifiedImage or image.image,
        image_id=status.imageRef if status.imageRef.startswith("sha256:") else "",
        pid=info.pid,
        runtime=info.runtimeType,
        privileged=told,
        namespace=namespace,
        pod=pod,
        container=container,
    )


def parse_containerd(data: bytes) -> SpecRecord:
    """What `ctr containers info` or `nerdctl inspect --mode=native` prints of one. Raises `Malformed` or `LimitExceeded`."""
    read = typed_json.decode(data, _Record, CONTAINERD_FORM)
    labels = read.Labels or {}
    namespace, pod, container = (labels.get(key, "") for key in POD_LABELS)
    return SpecRecord(
        id=read.ID,
        spec=_spec(read.Spec, CONTAINERD_FORM),
        name=labels.get("nerdctl/name", ""),
        image=read.Image,
        pid=read.Process.Pid if read.Process else 0,
        runtime=read.Runtime.Name if read.Runtime else "",
        namespace=namespace,
        pod=pod,
        container=container,
    )


def _spec(raw: msgspec.Raw, form: str) -> RuntimeSpec:
    data = bytes(raw)
    if data.strip() in (b"null", b"{}"):
        raise Malformed(form, "it has no OCI specification: ask a runtime that tells it, as root")
    return oci_runtime_spec.parse(data)
