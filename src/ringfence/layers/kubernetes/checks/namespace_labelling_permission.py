"""A role lets its holder lift Pod Security.

The level of Pod Security is a label of the namespace: who may change namespaces may set it to privileged, then create the
pod it forbade.
"""

from ringfence.layers.kubernetes.evaluate.powers import Power, power
from ringfence.layers.kubernetes.facts import GrantedRole
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="namespace-labelling-permission",
    severity="medium",
    kind="misconfiguration",
    remedy="Leave namespaces to the platform; name them in `resourceNames`.",
    references=("https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks",),
    aliases=("MITRE-T1562",),
)

POWERS = (Power(verbs=("update", "patch"), group="", resources=("namespaces",)),)
"""What comes to that."""


def check(subject: GrantedRole) -> Outcome:
    """The rules that give one of the powers over objects of any name."""
    return power(subject, POWERS, "change the labels that Pod Security goes by", Severity.MEDIUM)
