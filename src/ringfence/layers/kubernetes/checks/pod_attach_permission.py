"""A role lets its holder attach to the processes of pods.

Attached to a container that reads its standard input, one types into it; and sees what it prints, which may be secret.
"""

from ringfence.layers.kubernetes.evaluate.powers import Power, power
from ringfence.layers.kubernetes.facts import GrantedRole
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="pod-attach-permission",
    severity="medium",
    kind="misconfiguration",
    remedy="Bind it for a time, in one namespace, to people.",
    references=("https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks",),
    aliases=("MITRE-T1609",),
)

POWERS = (Power(verbs=("create", "get"), group="", resources=("pods/attach",)),)
"""What comes to that."""


def check(subject: GrantedRole) -> Outcome:
    """The rules that give one of the powers over objects of any name."""
    return power(subject, POWERS, "attach to pods", Severity.MEDIUM)
