"""A network policy lets everybody in.

A rule without peers, or with all addresses, allows all traffic to the pods the policy selects, and other policies cannot
take that back.

Pods behind a load balancer may have to take traffic from everywhere: on the ports for it.
"""

from ringfence.formats.kubernetes_network import NetworkPolicy
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="ingress-open-to-all",
    severity="low",
    kind="misconfiguration",
    remedy="Name the pods, namespaces or addresses that may come in.",
    references=("https://kubernetes.io/docs/concepts/services-networking/network-policies/",),
    aliases=(
        "KSV-0038",
        "NSA-network-separation",
    ),
)


def check(subject: NetworkPolicy) -> Outcome:
    """Whether one of its rules names everybody."""
    if "Ingress" not in subject.directions:
        return NotApplicable(why="it says nothing of that direction")
    match subject.open_from:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(True):
            return Broken(because=f"{subject.name} lets everybody in", at=subject.at)
        case Known():
            return Holds()
