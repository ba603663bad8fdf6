"""A pod's root is the node's root.

`hostUsers: false` gives the pod ids of its own: root inside is nobody outside, and capabilities count only inside. Most
escapes of the last years end there.

It needs Kubernetes 1.33, a recent kernel, and volumes that can be mapped.
"""

from ringfence.formats.kubernetes_pod import PodSpec
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="user-namespace-not-used",
    severity="negligible",
    kind="misconfiguration",
    remedy="Set `hostUsers: false` where the nodes can.",
    references=("https://kubernetes.io/docs/concepts/workloads/pods/user-namespaces/",),
    aliases=("CIS-5.2.14",),
)


def check(subject: PodSpec) -> Outcome:
    """What the pod says of it."""
    setting = subject.host_users
    match setting.value:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(False):
            return Holds()
        case _:
            return Broken(because="it has no user namespace of its own", at=setting.at)
