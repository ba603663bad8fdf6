"""A role lets its holder speak to pods and services through the API server.

Requests come from the API server's address, which network policies and applications trust.
"""

from ringfence.layers.kubernetes.evaluate.powers import Power, power
from ringfence.layers.kubernetes.facts import GrantedRole
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="proxy-permission",
    severity="medium",
    kind="misconfiguration",
    remedy="Expose what is needed by a Service, and drop the permission.",
    references=("https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks",),
    aliases=("MITRE-T1090",),
)

POWERS = (Power(verbs=("get", "create", "update", "patch", "delete"), group="", resources=("pods/proxy", "services/proxy")),)
"""What comes to that."""


def check(subject: GrantedRole) -> Outcome:
    """The rules that give one of the powers over objects of any name."""
    return power(subject, POWERS, "speak to pods and services in the name of the API server", Severity.MEDIUM)
