"""A workload stands among the cluster's own parts.

Whoever may change what runs in kube-system can change the cluster's DNS, network and controllers; policies usually leave
the namespace out.

Add-ons of the cluster belong there.
"""

from ringfence.formats.kubernetes_pod import PodSpec
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome

CHECK = Check(
    slug="system-namespace-used",
    severity="medium",
    kind="misconfiguration",
    remedy="Give it a namespace of its own.",
    references=("https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/",),
    aliases=(
        "KSV-0037",
        "CIS-5.6.1",
    ),
)


SYSTEM = frozenset({"kube-system", "kube-public", "kube-node-lease"})
"""Kubernetes' own namespaces."""


def check(subject: PodSpec) -> Outcome:
    """Whether it stands in one of Kubernetes' own namespaces without being one of its parts."""
    if subject.owner.namespace not in SYSTEM:
        return Holds()
    priority = subject.priority_class.value
    if isinstance(priority, Known) and priority.value.startswith("system-"):
        return NotApplicable(why="it is a critical part of the cluster")
    return Broken(because=f"{subject.owner.kind} {subject.owner.name} stands in {subject.owner.namespace}", at=subject.at)
