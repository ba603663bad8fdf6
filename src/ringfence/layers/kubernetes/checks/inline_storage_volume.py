"""A pod names storage of the network itself.

Volumes such as nfs, iscsi or cephfs written into the pod take their addresses and credentials from whoever writes the
pod; the kubelet mounts them as root.
"""

from ringfence.formats.kubernetes_pod import PodSpec
from ringfence.layers.kubernetes.evaluate.pod_security_restricted import VOLUMES
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, Outcome

CHECK = Check(
    slug="inline-storage-volume",
    severity="low",
    kind="misconfiguration",
    remedy="Use a PersistentVolumeClaim; let the administrator make the volume.",
    references=("https://kubernetes.io/docs/concepts/security/pod-security-standards/",),
    aliases=(
        "KSV-0028",
        "PSS-restricted",
    ),
)


def check(subject: PodSpec) -> Outcome:
    """The volumes of kinds that only administrators should write."""
    found = [volume for volume in subject.volumes if volume.kind not in VOLUMES | {"hostPath", "gitRepo", "image"}]
    if not found:
        return Holds()
    return Broken(because=f"it has a volume of the kind {found[0].kind}", at=found[0].at)
