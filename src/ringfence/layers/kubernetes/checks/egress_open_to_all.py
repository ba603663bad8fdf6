"""A network policy lets its pods reach everything.

An intruder fetches tools and sends out what they found over connections nobody needs; the cloud's metadata address is
among everything too.
"""

from ringfence.formats.kubernetes_network import NetworkPolicy
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="egress-open-to-all",
    severity="negligible",
    kind="misconfiguration",
    remedy="Name what the pods must reach; DNS first.",
    references=("https://kubernetes.io/docs/concepts/services-networking/network-policies/",),
    aliases=(
        "NSA-network-separation",
        "MITRE-T1041",
    ),
)


def check(subject: NetworkPolicy) -> Outcome:
    """Whether one of its rules names everybody."""
    if "Egress" not in subject.directions:
        return NotApplicable(why="it says nothing of that direction")
    match subject.open_to:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(True):
            return Broken(because=f"{subject.name} lets its pods reach everything", at=subject.at)
        case Known():
            return Holds()
