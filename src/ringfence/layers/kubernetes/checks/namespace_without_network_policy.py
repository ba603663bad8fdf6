"""A namespace lets every pod of the cluster talk to its pods.

Without a NetworkPolicy each pod accepts connections from everywhere: one that is broken into reaches databases and
internal interfaces of all others. A policy that selects all pods and allows nothing is the floor to build on.

Policies may be written for the whole cluster by the network plug-in's own kinds, which are not looked at.
"""

from ringfence.layers.kubernetes.facts import GuardedNamespace
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="namespace-without-network-policy",
    severity="medium",
    kind="misconfiguration",
    remedy="Add a NetworkPolicy with an empty `podSelector` and `policyTypes: [Ingress, Egress]`,"
    " then allow what is needed.",
    references=("https://kubernetes.io/docs/concepts/services-networking/network-policies/",),
    aliases=("CIS-5.3.2",),
)

SYSTEM = frozenset({"kube-system", "kube-public", "kube-node-lease"})
"""Kubernetes' own namespaces."""


def check(subject: GuardedNamespace) -> Outcome:
    """Whether a policy closes the way to every pod."""
    if subject.name in SYSTEM:
        return NotApplicable(why="it is one of Kubernetes' own")
    if any(policy.selects_all and "Ingress" in policy.directions for policy in subject.policies):
        return Holds()
    if not subject.declared:
        return Undecided(why="the object of the namespace is not among these manifests: its policies may be elsewhere too")
    if subject.policies:
        names = ", ".join(policy.name for policy in subject.policies[:5])
        because = f"no policy of {subject.name} closes the way to every pod: {names} select some"
        return Broken(because=because, at=subject.at, severity=Severity.LOW)
    return Broken(because=f"{subject.name} has no NetworkPolicy", at=subject.at)
