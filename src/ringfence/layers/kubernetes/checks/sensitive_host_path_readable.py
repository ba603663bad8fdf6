"""A pod can read the node's credentials.

Through `/etc`, `/root`, `/var/lib/kubelet`, `/etc/kubernetes` or `/` it reads password hashes, keys, and the tokens of
every pod on the node, even where it may not write.

Where it may write too, another check says so (`writable-host-path`).
"""

from ringfence.formats.kubernetes_pod import PodSpec
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="sensitive-host-path-readable",
    severity="high",
    kind="misconfiguration",
    remedy="Mount the one file it needs, read-only.",
    references=("https://kubernetes.io/docs/concepts/storage/volumes/#hostpath",),
    aliases=(
        "KSV-0121",
        "MITRE-T1552",
    ),
)


PLACES = ("/etc", "/root", "/home", "/proc", "/var/lib/kubelet", "/var/lib/etcd", "/var/lib/docker", "/var/lib/containerd")
"""Where a node keeps keys, hashes and tokens."""


def check(subject: PodSpec) -> Outcome:
    """The volumes that are such places, or have some of them below."""
    found = []
    for volume in subject.volumes:
        match volume.host_path.value:
            case Unknown(reason):
                return Undecided(why=reason)
            case Known(path) if _sensitive(path.rstrip("/") or "/"):
                found.append(volume)
    if not found:
        return Holds()
    names = ", ".join(item.host_path.value.value for item in found if isinstance(item.host_path.value, Known))
    return Broken(because=f"it reads {names} of its node", at=found[0].host_path.at)


def _sensitive(path: str) -> bool:
    # Single files below these places are what an agent may need.
    return path == "/" or any(path == place or place.startswith(f"{path}/") for place in PLACES) or path == "/etc/kubernetes"
