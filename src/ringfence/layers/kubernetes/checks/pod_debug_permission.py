"""A role lets its holder put containers into running pods.

An ephemeral container shares the pod's network, and its processes if asked; it is admitted as an update of the pod.
"""

from ringfence.layers.kubernetes.evaluate.powers import Power, power
from ringfence.layers.kubernetes.facts import GrantedRole
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="pod-debug-permission",
    severity="high",
    kind="misconfiguration",
    remedy="Bind it for a time, in one namespace, to people.",
    references=("https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks",),
    aliases=("MITRE-T1609",),
)

POWERS = (Power(verbs=("patch", "update"), group="", resources=("pods/ephemeralcontainers",)),)
"""What comes to that."""


def check(subject: GrantedRole) -> Outcome:
    """The rules that give one of the powers over objects of any name."""
    return power(subject, POWERS, "put containers into running pods", Severity.HIGH)
