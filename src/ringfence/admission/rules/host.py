"""What of the node a pod may have: its namespaces, ports, paths and drivers, and what kinds of volumes."""

from ringfence.admission.broken import Found, Judged, by, listed, of_pod, value_of
from ringfence.admission.patterns import any_fits
from ringfence.formats.admission_policy import ANY, HostPath, PodRules
from ringfence.formats.kubernetes_container import ContainerRole
from ringfence.formats.kubernetes_pod import Volume
from ringfence.model.knowledge import Known


def host_network(rules: PodRules, pod: Judged) -> Found:
    """`hostNetwork: false`."""
    if rules.host_network is False and value_of(pod.pod.host_network):
        yield of_pod("must not set hostNetwork=true", pod.pod.host_network.at)


def host_pid(rules: PodRules, pod: Judged) -> Found:
    """`hostPID: false`."""
    if rules.host_pid is False and value_of(pod.pod.host_pid):
        yield of_pod("must not set hostPID=true", pod.pod.host_pid.at)


def host_ipc(rules: PodRules, pod: Judged) -> Found:
    """`hostIPC: false`."""
    if rules.host_ipc is False and value_of(pod.pod.host_ipc):
        yield of_pod("must not set hostIPC=true", pod.pod.host_ipc.at)


def host_ports(rules: PodRules, pod: Judged) -> Found:
    """`hostPorts`: every port of the node that a container takes lies in one of the ranges."""
    if rules.host_ports is None:
        return
    for item in pod.containers:
        for taken in item.container.host_ports:
            port = taken.port
            if isinstance(port, Known) and not any(span.holds(port.value) for span in rules.host_ports):
                allowed = listed([f"{span.min}-{span.max}" for span in rules.host_ports])
                yield by(item, f"must not take port {port.value} of the host (allowed: {allowed})", taken.at)


def volumes(rules: PodRules, pod: Judged) -> Found:
    """`volumes`: only sources of these kinds."""
    if rules.volumes is None or ANY in rules.volumes:
        return
    for volume in pod.pod.volumes:
        if volume.kind not in rules.volumes:
            allowed = listed(rules.volumes)
            yield of_pod(f'must not have the volume "{volume.name}" of kind {volume.kind} (allowed: {allowed})', volume.at)


def host_paths(rules: PodRules, pod: Judged) -> Found:
    """`allowedHostPaths`: a volume of the host lies under one, and is mounted read-only where that is asked."""
    if rules.allowed_host_paths is None:
        return
    for volume in pod.pod.volumes:
        if volume.kind != "hostPath":
            continue
        path = value_of(volume.host_path) or ""
        fitting = [allowed for allowed in rules.allowed_host_paths if _under(allowed, path)]
        if not fitting:
            allowed_paths = listed([allowed.prefix for allowed in rules.allowed_host_paths])
            message = f'must not have the volume "{volume.name}" of host path {path} (allowed: {allowed_paths})'
            yield of_pod(message, volume.host_path.at)
        elif all(allowed.read_only for allowed in fitting):
            yield from _written(pod, volume, path)


def _under(allowed: HostPath, path: str) -> bool:
    parts = [part for part in path.split("/") if part not in ("", ".")]
    prefix = [part for part in allowed.prefix.split("/") if part]
    return path.startswith("/") and ".." not in parts and parts[: len(prefix)] == prefix


def _written(pod: Judged, volume: Volume, path: str) -> Found:
    for item in pod.containers:
        for mount in item.mounts:
            if mount.volume == volume.name and mount.read_only != Known(True):
                yield by(item, f'must mount "{volume.name}" ({path} of the host) read-only', mount.at)


def flex_drivers(rules: PodRules, pod: Judged) -> Found:
    """`allowedFlexVolumes`: no other drivers."""
    yield from _drivers(rules.allowed_flex_volumes, pod, "flexVolume")


def csi_drivers(rules: PodRules, pod: Judged) -> Found:
    """`allowedCSIDrivers`: no other drivers of volumes written into the pod."""
    yield from _drivers(rules.allowed_csi_drivers, pod, "csi")


def _drivers(allowed: tuple[str, ...] | None, pod: Judged, kind: str) -> Found:
    if allowed is None or ANY in allowed:
        return
    for volume in pod.pod.volumes:
        if volume.kind == kind and volume.driver not in allowed:
            message = f'must not have the volume "{volume.name}" of the {kind} driver {volume.driver or "of no name"}'
            yield of_pod(f"{message} (allowed: {listed(allowed)})", volume.at)


def probe_hosts(rules: PodRules, pod: Judged) -> Found:
    """`allowedProbeHosts`: probes and lifecycle handlers ask the pod itself, or one of these."""
    if rules.allowed_probe_hosts is None:
        return
    for item in pod.containers:
        for host in item.handler_hosts:
            if not any_fits(rules.allowed_probe_hosts, host.name):
                yield by(item, f"must not let a probe or handler ask the host {host.name}", host.at)


def runtime_classes(rules: PodRules, pod: Judged) -> Found:
    """`allowedRuntimeClasses`: no class, or one of these."""
    name = value_of(pod.pod.runtime_class)
    if rules.allowed_runtime_classes is not None and name and not any_fits(rules.allowed_runtime_classes, name):
        allowed = listed(rules.allowed_runtime_classes)
        yield of_pod(f"must not have the runtime class {name} (allowed: {allowed})", pod.pod.runtime_class.at)


def token(rules: PodRules, pod: Judged) -> Found:
    """`automountServiceAccountToken: false`: the pod says so."""
    if rules.automount_service_account_token is False and value_of(pod.pod.automount_token) is not False:
        yield of_pod("must set automountServiceAccountToken=false", pod.pod.automount_token.at)


def ephemeral_containers(rules: PodRules, pod: Judged) -> Found:
    """`ephemeralContainers: false`: nothing is attached to a running pod."""
    if rules.ephemeral_containers is False:
        for item in pod.containers:
            if item.container.role is ContainerRole.EPHEMERAL:
                yield by(item, "must not be attached to a running pod", item.container.at)
