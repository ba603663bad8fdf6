"""A container can write to the host's files.

A bind mount or hostPath volume that is not read-only is a door in the wall between container and host. Through `/`, `/etc`,
`/root` or `/usr` whoever is in the container writes a cron job, a key or a program that the host runs as root; through
`/var/lib/kubelet` or the engine's own directory they take over other containers.

Volumes that the engine or the kubelet made for this container are not meant. Node agents often need to read host paths:
mount them read-only.
"""

from ringfence.layers.runtime.facts import is_runtime_socket
from ringfence.model.confinement import Mount
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided
from ringfence.model.workload import Workload

CHECK = Check(
    slug="writable-host-path",
    severity="medium",
    kind="misconfiguration",
    remedy="Use a volume of the engine's instead, or mount it read-only: `-v SOURCE:TARGET:ro`"
    " (pod: `volumeMounts[].readOnly: true`).",
    references=("https://kubernetes.io/docs/concepts/storage/volumes/#hostpath",),
    aliases=("CIS-Docker-5.6",),
)

CODE_ON_HOST = (
    *(
        "/etc",
        "/root",
        "/usr",
        "/bin",
        "/sbin",
        "/lib",
        "/lib32",
        "/lib64",
        "/boot",
        "/proc",
        "/sys",
        "/dev",
        "/run",
        "/var/run",
    ),
    *("/var/spool/cron", "/var/lib/kubelet", "/var/lib/docker", "/var/lib/containerd", "/var/lib/containers"),
    *("/var/lib/rancher", "/opt/cni"),
)
"""Whoever writes below these runs code on the host. `/`, `/var` and `/var/lib` contain some of them."""

SENSITIVE = ("/home", "/srv", "/opt", "/var/log", "/var/lib")
"""Other people's data, and `/var/log`, where the kubelet follows links that a pod leaves."""


def check(subject: Workload) -> Outcome:
    """The writable mounts of host paths, the worst deciding."""
    match subject.confinement.mounts:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(mounts):
            found = [mount for mount in mounts if _counts(mount)]
            if not found:
                return Holds()
            worst = min((_severity(mount.source) for mount in found), key=lambda severity: severity.rank)
            if subject.confinement.maps_host_root == Known(False):
                worst = Severity.LOW
            return Broken(
                because=f"it can write to {', '.join(mount.source for mount in found)} of the host",
                at=subject.confinement.at("mounts"),
                evidence=tuple(f"{mount.source} at {mount.destination}" for mount in found),
                severity=worst,
            )


def _counts(mount: Mount) -> bool:
    host_path = mount.of_host and mount.source.startswith("/") and not mount.read_only
    return host_path and not is_runtime_socket(mount.source)


def _severity(source: str) -> Severity:
    path = source.rstrip("/")
    if any(_at_or_under(path, place) or _at_or_under(place, path) for place in CODE_ON_HOST):
        return Severity.CRITICAL
    return Severity.HIGH if any(_at_or_under(path, place) for place in SENSITIVE) else Severity.MEDIUM


def _at_or_under(path: str, place: str) -> bool:
    return path == place or path.startswith(f"{place}/")
