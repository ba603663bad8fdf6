"""A pod's processes are in root's group.

`fsGroup: 0` or a supplementary group 0 lets its processes read and write what root's group may: on volumes, and where a
wall gives way on the node.
"""

from ringfence.formats.kubernetes_pod import PodSpec
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, Outcome

CHECK = Check(
    slug="root-group-added",
    severity="low",
    kind="misconfiguration",
    remedy="Choose a group of its own.",
    references=("https://kubernetes.io/docs/tasks/configure-pod-container/security-context/",),
    aliases=("KSV-0116",),
)


def check(subject: PodSpec) -> Outcome:
    """The further groups it asks for."""
    return Broken(because="its processes are in group 0", at=subject.at) if 0 in subject.groups else Holds()
