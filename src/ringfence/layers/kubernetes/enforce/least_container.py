"""What to change in one container of a pod so that it has what it was seen to need, and no more."""

import posixpath
import re
from collections.abc import Iterator

from ringfence.formats.kubernetes_container import ContainerRole
from ringfence.formats.kubernetes_pod import PodContainer, PodSpec, Profile
from ringfence.formats.pod_security_standard import Level
from ringfence.formats.yaml_edit import Way, way
from ringfence.layers.kubernetes.enforce.pod_edit import Edit, change
from ringfence.layers.kubernetes.evaluate.pod_security_baseline import CAPABILITIES
from ringfence.model.fact import Fact
from ringfence.model.knowledge import Known
from ringfence.model.least import Least

ALLOWED = {Level.BASELINE: CAPABILITIES, Level.RESTRICTED: frozenset({"NET_BIND_SERVICE"})}
"""Capabilities that a level lets a container add. Source: Pod Security Standards."""
UNSEEN = "what the recording did not exercise stops working"
LOCALHOST = "the profile must lie in the kubelet's folder of every node, /var/lib/kubelet/seccomp, under that name"
SCRATCH = "it hides what the image holds there, and is gone with the pod: take a volume that lasts for what must stay"
MAX_NAME = 63
"""Letters of a volume's name. Source: RFC 1123 label, Kubernetes `core/v1` Volume."""


class Needed(Fact):
    """What the container of this name needs. Pods that have none of that name stay as they are."""

    container: str
    least: Least


def regular(pod: PodSpec) -> tuple[str, ...]:
    """The names of a pod's containers that are not init or ephemeral ones."""
    return tuple(item.identity.container for item in pod.containers if item.container.role is ContainerRole.REGULAR)


def is_meant(item: PodContainer, needed: Needed) -> bool:
    """Whether the needs are of this container."""
    return item.identity.container == needed.container and item.container.role is ContainerRole.REGULAR


def edits(pod: PodSpec, root: Way, needed: Needed, level: Level | None) -> Iterator[Edit]:
    """The changes to the pod, whose specification stands at `root`."""
    if pod.os == "windows":
        return
    for item in pod.containers:
        if is_meant(item, needed):
            own = (*way(item.container.at.field), "securityContext")
            yield from _capabilities(item, own, needed.least, level)
            if needed.least.seccomp:
                yield from _seccomp(item, own, needed.least.seccomp)
            if needed.least.writable is not None:
                yield from _writable(pod, item, root, needed.least)


def forbidden(pod: PodSpec, level: Level, needed: Needed | None) -> Iterator[str]:
    """What the container was seen to need and the level does not let it have."""
    if needed is not None and needed.container in regular(pod):
        for name in sorted(set(needed.least.capabilities or ()) - ALLOWED.get(level, frozenset())):
            yield f"{needed.container} was seen to need CAP_{name}, which {level} forbids"


def _capabilities(item: PodContainer, own: Way, least: Least, level: Level | None) -> Iterator[Edit]:
    changed = change(item)
    if least.capabilities is None or changed is None:
        return
    allowed = set(least.capabilities) & ALLOWED[level] if level in ALLOWED else set(least.capabilities)
    wanted = sorted(allowed)
    if item.security.privileged.value == Known(True):
        why = "privileged takes every other setting back"
        yield Edit(place=(*own, "privileged"), value=False, why=why, caveat="use of devices")
    if "ALL" not in changed.drop:
        place = (*own, "capabilities", "drop")
        yield Edit(place=place, value=["ALL"], why=f"the recording shows uses of {_names(least)} only", caveat=UNSEEN)
    if sorted(changed.add) != wanted:
        place = (*own, "capabilities", "add")
        yield Edit(place=place, value=wanted, why=f"the recording shows uses of {_names(least)} only", caveat=UNSEEN)


def _names(least: Least) -> str:
    return " ".join(least.capabilities or ()) or "no capability"


def _seccomp(item: PodContainer, own: Way, path: str) -> Iterator[Edit]:
    name = f"profiles/{posixpath.basename(path)}" if path.startswith(("/", ".")) else path
    if item.security.seccomp.value != Known(Profile(kind="Localhost", localhost=name)):
        why = "only the system calls that were recorded and that the runtime needs"
        value = {"type": "Localhost", "localhostProfile": name}
        yield Edit(place=(*own, "seccompProfile"), value=value, why=why, caveat=f"{UNSEEN}; {LOCALHOST}")


def _writable(pod: PodSpec, item: PodContainer, root: Way, least: Least) -> Iterator[Edit]:
    container = way(item.container.at.field)
    if item.security.read_only_root.value != Known(True):
        place = (*container, "securityContext", "readOnlyRootFilesystem")
        yield Edit(place=place, value=True, why="nothing else was written in the recording", caveat=UNSEEN)
    volumes = {volume.name for volume in pod.volumes}
    for path in (*(least.writable or ()), *least.temporary):
        if any(_within(path, mount.destination) for mount in item.mounts):
            continue
        name = _volume_name(path, volumes)
        volumes.add(name)
        yield Edit(
            place=(*root, "volumes"),
            value={"name": name, "emptyDir": {}},
            why=f"{path} is written",
            caveat=SCRATCH,
            item=True,
        )
        mount = {"name": name, "mountPath": path}
        yield Edit(place=(*container, "volumeMounts"), value=mount, why=f"{path} is written", item=True)


def _within(path: str, folder: str) -> bool:
    return path == folder.rstrip("/") or path.startswith(f"{folder.rstrip('/')}/")


def _volume_name(path: str, taken: set[str]) -> str:
    plain = re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-") or "root"
    name = f"writable-{plain}"[: MAX_NAME - 4].rstrip("-")
    return name if name not in taken else next(f"{name}-{at}" for at in range(2, MAX_NAME) if f"{name}-{at}" not in taken)
