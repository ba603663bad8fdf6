"""A pod has a volume that is a path of its node.

What lies there is the node's: reading tells of it and of other pods, writing changes it (another check's matter,
`writable-host-path`). The pod also depends on the node it happens to run on.

Agents of the node need such volumes: read-only, and as narrow as possible.
"""

from ringfence.formats.kubernetes_pod import PodSpec
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known
from ringfence.model.outcome import Broken, Holds, Outcome

CHECK = Check(
    slug="host-path-volume",
    severity="medium",
    kind="misconfiguration",
    remedy="Use a PersistentVolumeClaim, a ConfigMap or an emptyDir.",
    references=("https://kubernetes.io/docs/concepts/security/pod-security-standards/",),
    aliases=(
        "KSV-0023",
        "KSV-0121",
        "CIS-5.2.12",
        "PSS-baseline",
        "MITRE-T1611",
    ),
)


def check(subject: PodSpec) -> Outcome:
    """The volumes that are paths of the host."""
    found = [volume for volume in subject.volumes if volume.kind == "hostPath"]
    if not found:
        return Holds()
    told = [item.host_path.value for item in found if isinstance(item.host_path.value, Known)]
    paths = ", ".join(value.value for value in told) or "a path"
    return Broken(because=f"it has {paths} of its node", at=found[0].host_path.at)
