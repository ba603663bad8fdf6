"""A workload asks for a node of the control plane.

There run the API server and etcd, with the keys of the cluster on disk: an escape from a pod there is the whole cluster.
"""

from ringfence.formats.kubernetes_pod import PodSpec
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome

CHECK = Check(
    slug="control-plane-node-asked-for",
    severity="low",
    kind="misconfiguration",
    remedy="Let it run on worker nodes.",
    references=("https://kubernetes.io/docs/reference/labels-annotations-taints/",),
    aliases=("MITRE-T1610",),
)


LABELS = frozenset({"node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"})
"""Labels of the nodes that have the control plane."""


def check(subject: PodSpec) -> Outcome:
    """Whether it selects nodes by such a label."""
    if subject.owner.namespace == "kube-system":
        return NotApplicable(why="the cluster's own parts run there")
    found = [item for item in subject.node_labels if item.name in LABELS]
    return Broken(because=f"it asks for a node with {found[0].name}", at=found[0].at) if found else Holds()
