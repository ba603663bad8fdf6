"""What of the node's files and devices a container is given.

Source: Kubernetes API reference, `core/v1` Volume, VolumeMount and HostPathVolumeSource (v1.36).
"""

from ringfence.formats.kubernetes_pod import PodContainer, PodSpec, Volume, VolumeMount
from ringfence.layers.kubernetes.collect.effective.settings import Judged
from ringfence.model.confinement import Mount
from ringfence.model.knowledge import Known, Unknown

ALL_DEVICES = "/dev"
"""What stands for every device of the node, as a privileged container gets them."""
_PROPAGATION = {"Bidirectional": "rshared", "HostToContainer": "rslave", "None": "rprivate", "": "rprivate"}


def mounts(pod: PodSpec, container: PodContainer) -> Judged[tuple[Mount, ...]]:
    """The volumes the container mounts, those with a path of the host as `bind` and first; its place is the first such."""
    volumes = {volume.name: volume for volume in pod.volumes}
    found: list[tuple[Mount, VolumeMount]] = []
    for mount in container.mounts:
        # A volume that is not declared comes from a StatefulSet's claim templates, or the API server refuses the pod.
        volume = volumes.get(mount.volume)
        match volume.host_path.value if volume else None:
            case Unknown() as unknown:
                return Judged(unknown, mount.at)
            case Known(path):
                found.append((_bound(mount, path), mount))
            case None:
                kind = volume.kind if volume else "persistentVolumeClaim"
                found.append(
                    (Mount(source=mount.volume, destination=mount.destination, kind=kind, read_only=_closed(mount)), mount)
                )
    found.sort(key=lambda pair: pair[0].kind != "bind")
    at = found[0][1].at if found else container.container.at
    return Judged(Known(tuple(mount for mount, _ in found)), at)


def _bound(mount: VolumeMount, path: str) -> Mount:
    # A subPath with `..` is refused by the API server; one that is absent or an expression may be anything below.
    source = f"{path.rstrip('/')}/{mount.sub_path}" if mount.sub_path and ".." not in mount.sub_path else path
    return Mount(
        source=source,
        destination=mount.destination,
        read_only=_closed(mount),
        propagation=_PROPAGATION.get(mount.propagation, mount.propagation),
    )


def _closed(mount: VolumeMount) -> bool:
    # A readOnly that cannot be read counts as not set: what we cannot tell must not look safe.
    return mount.read_only == Known(True)


def devices(pod: PodSpec, container: PodContainer, privileged: Judged[bool]) -> Judged[tuple[str, ...]]:
    """Device files: all of the node's for a privileged container, else those of volumes."""
    match privileged.value:
        case Unknown() as unknown:
            return Judged(unknown, privileged.at)
        case Known(True):
            return Judged(Known((ALL_DEVICES,)), privileged.at)
        case Known():
            mounted = {mount.volume: mount for mount in container.mounts}
            paths = [_device(volume) for volume in pod.volumes if volume.name in mounted]
            listed = tuple(path for path in (*paths, *container.devices) if path)
            return Judged(Known(listed), container.container.at)


def _device(volume: Volume) -> str:
    path = volume.host_path.value
    return path.value if isinstance(path, Known) and volume.host_path_type in ("CharDevice", "BlockDevice") else ""
