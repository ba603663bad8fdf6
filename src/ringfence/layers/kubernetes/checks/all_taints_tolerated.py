"""A pod may run on any node.

A toleration without a key lets it onto nodes that are kept for others: those of the control plane, those with sensitive
workloads, and those being drained.

Agents that must run everywhere tolerate everything on purpose.
"""

from ringfence.formats.kubernetes_pod import PodSpec
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome

CHECK = Check(
    slug="all-taints-tolerated",
    severity="low",
    kind="misconfiguration",
    remedy="Name the taints it must bear.",
    references=("https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/",),
    aliases=("MITRE-T1610",),
)


def check(subject: PodSpec) -> Outcome:
    """A toleration that names no taint."""
    if subject.owner.kind == "DaemonSet":
        return NotApplicable(why="an agent of every node tolerates what nodes have")
    found = [item for item in subject.tolerations if not item.name]
    return Broken(because="it tolerates every taint", at=found[0].at) if found else Holds()
