"""A pod passes over the scheduler.

`nodeName` puts the pod on that node whatever its taints, its load and the policy of the scheduler say: a way onto nodes
one was kept off.
"""

from ringfence.formats.kubernetes_pod import PodSpec
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="node-chosen-by-name",
    severity="low",
    kind="misconfiguration",
    remedy="Use a node selector or affinity.",
    references=("https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#nodename",),
    aliases=("MITRE-T1610",),
)


def check(subject: PodSpec) -> Outcome:
    """What the pod says of it."""
    setting = subject.node_name
    match setting.value:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(name) if name:
            return Broken(because=f"it goes to {name}, whatever that node's taints say", at=setting.at)
        case _:
            return Holds()
