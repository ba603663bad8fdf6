"""A pod outside of kube-system claims the priority of the cluster's own parts.

Pods of the classes system-cluster-critical and system-node-critical push others out and are never pushed out themselves:
whoever claims one can empty a node.
"""

from ringfence.formats.kubernetes_pod import PodSpec
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="system-priority-claimed",
    severity="low",
    kind="misconfiguration",
    remedy="Give it a PriorityClass of its own.",
    references=("https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/",),
    aliases=("MITRE-T1499",),
)


def check(subject: PodSpec) -> Outcome:
    """What the pod says of it."""
    setting = subject.priority_class
    match setting.value:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(name) if name.startswith("system-") and subject.owner.namespace != "kube-system":
            return Broken(because=f"it claims {name}", at=setting.at)
        case _:
            return Holds()
