"""A namespace admits any pod.

Pod Security Admission enforces a level only where the namespace has the label `pod-security.kubernetes.io/enforce`. Without
it, whoever may create a pod there may create a privileged one, which is root on the node.

Clusters that enforce pod security by other means (an admission policy, defaults of the API server) do not need the label.
"""

from ringfence.layers.kubernetes.facts import GuardedNamespace
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="namespace-without-pod-security",
    severity="medium",
    kind="misconfiguration",
    remedy="Label it `pod-security.kubernetes.io/enforce: restricted` (or `baseline`).",
    references=("https://kubernetes.io/docs/concepts/security/pod-security-admission/",),
    aliases=("CIS-5.2.1",),
)

LABEL = "pod-security.kubernetes.io/enforce"
SYSTEM = frozenset({"kube-system", "kube-public", "kube-node-lease"})
"""Kubernetes' own namespaces; what runs in kube-system must be privileged."""


def check(subject: GuardedNamespace) -> Outcome:
    """The level that the namespace's label enforces."""
    if subject.name in SYSTEM:
        return NotApplicable(why="it is one of Kubernetes' own")
    match subject.labels:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(labels):
            level = labels.get(LABEL, "")
            if "{{" in level:
                return Undecided(why=f"the label {LABEL} is a template that was not rendered")
            if level in ("baseline", "restricted"):
                return Holds()
            said = f"the level {level}, which forbids nothing" if level else "no level of pod security"
            return Broken(because=f"{subject.name} enforces {said}", at=subject.at)
