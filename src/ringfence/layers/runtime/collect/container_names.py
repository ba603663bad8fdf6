"""Whose container it is and what it is called: from the engine's own records and the annotations it left in the bundle."""

from ringfence.errors import RingfenceError
from ringfence.formats import docker_container, storage_containers
from ringfence.formats.oci_runtime_spec import RuntimeSpec
from ringfence.formats.storage_containers import StoredContainer
from ringfence.io.world import World
from ringfence.layers.runtime.collect.state_directories import USERS, Running
from ringfence.model.fact import Fact
from ringfence.model.finding import Problem
from ringfence.model.workload import WorkloadId

STORES = ("/var/lib/containers/storage",)
"""The store of Podman and CRI-O as root (containers-storage.conf(5) `graphroot`)."""
DOCKER = "/var/lib/docker/containers"

PRIVILEGED = "io.podman.annotations.privileged"
"""Podman's word on `--privileged` (libpod/define/annotations.go)."""

POD_NAMES = (
    ("io.kubernetes.cri.sandbox-namespace", "io.kubernetes.cri.sandbox-name", "io.kubernetes.cri.container-name"),
    ("io.kubernetes.pod.namespace", "io.kubernetes.pod.name", "io.kubernetes.container.name"),
)
"""Namespace, pod and container in containerd's annotations and in CRI-O's (and the kubelet's labels)."""
SANDBOX = ("io.kubernetes.cri.container-type", "io.kubernetes.cri-o.ContainerType")
IMAGE = ("io.kubernetes.cri.image-name", "io.kubernetes.cri-o.ImageName")


class Names(Fact):
    """What the engine calls a container. `privileged` is its own word, None where it has none."""

    engine: str
    identity: WorkloadId
    image: str = ""
    image_id: str = ""
    privileged: bool | None = None
    sandbox: bool = False


def stored(world: World) -> dict[str, StoredContainer]:
    """The containers of containers/storage by id, root's and every logged-in user's."""
    found: dict[str, StoredContainer] = {}
    for store in STORES:
        path = f"{store}/overlay-containers/containers.json"
        if not world.host.exists(path):
            continue
        try:
            found.update({item.id: item for item in storage_containers.parse(world.host.read(path))})
        except RingfenceError as cause:
            world.report(Problem(where=path, why=cause.wrong, mend=cause.mend))
    return found


def names(world: World, running: Running, spec: RuntimeSpec, store: dict[str, StoredContainer]) -> Names:
    """What there is to know about `running`."""
    engine = _engine(running, spec)
    if engine == "docker":
        return _docker(world, running)
    notes = spec.annotations
    kept = store.get(running.id)
    image = next((notes[key] for key in IMAGE if notes.get(key)), kept.image if kept else "")
    identity = pod(spec) or WorkloadId(name=(kept.name if kept else "") or short(running.id))
    told = notes.get(PRIVILEGED)
    return Names(
        engine=engine,
        identity=identity,
        image=image,
        image_id=kept.image_id if kept else "",
        privileged=told.upper() == "TRUE" if told else None,
        sandbox=any(notes.get(key) == "sandbox" for key in SANDBOX),
    )


def manager(spec: RuntimeSpec) -> str:
    """The engine whose mark a specification bears: Podman's, CRI-O's, or none."""
    told = spec.annotations.get("io.container.manager", "")
    if told == "libpod":
        return "podman"
    return "cri-o" if told == "cri-o" or "io.kubernetes.cri-o.ContainerType" in spec.annotations else ""


def _engine(running: Running, spec: RuntimeSpec) -> str:
    if running.namespace == "moby" or running.bundle.startswith("/run/docker/"):
        return "docker"
    if running.namespace:
        return "containerd"
    if told := manager(spec):
        return told
    rootless = running.bundle.startswith((f"{USERS}/", "/home/")) and "/containers/" in running.bundle
    return "podman" if rootless else ""


def _docker(world: World, running: Running) -> Names:
    folder = f"{DOCKER}/{running.id}"
    identity = WorkloadId(name=short(running.id))
    try:
        record = docker_container.parse(world.host.read(f"{folder}/config.v2.json"))
        asked = docker_container.parse_host_config(world.host.read(f"{folder}/hostconfig.json"))
    except RingfenceError as cause:
        world.report(Problem(where=folder, why=cause.wrong, mend=cause.mend))
        return Names(engine="docker", identity=identity)
    return Names(
        engine="docker",
        identity=WorkloadId(name=record.name) if record.name else identity,
        image=record.image,
        image_id=record.image_id,
        privileged=asked.privileged,
    )


def pod(spec: RuntimeSpec) -> WorkloadId | None:
    """The pod and container that Kubernetes' annotations name."""
    for keys in POD_NAMES:
        namespace, name, container = (spec.annotations.get(key, "") for key in keys)
        if name:
            return WorkloadId(namespace=namespace, kind="Pod", name=name, container=container)
    return None


def short(container: str) -> str:
    """Engines shorten their 64 digits to 12; a name someone chose is left as it is."""
    return container[:12] if len(container) == 64 else container
