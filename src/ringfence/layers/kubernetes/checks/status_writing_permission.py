"""A role lets its holder write the status of pods and services.

A status of one's own making brings traffic to addresses that were never given (CVE-2020-8554), or hides that a pod is not
what it seems.
"""

from ringfence.layers.kubernetes.evaluate.powers import Power, power
from ringfence.layers.kubernetes.facts import GrantedRole
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="status-writing-permission",
    severity="low",
    kind="misconfiguration",
    remedy="Leave it to the controllers.",
    references=("https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks",),
    aliases=("MITRE-T1565",),
)

POWERS = (Power(verbs=("update", "patch"), group="", resources=("services/status", "pods/status")),)
"""What comes to that."""


def check(subject: GrantedRole) -> Outcome:
    """The rules that give one of the powers over objects of any name."""
    return power(subject, POWERS, "write the status of pods or services", Severity.LOW)
