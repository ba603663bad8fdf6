"""A role lets its holder reach any port of pods.

Port forwarding goes through the API server, past every NetworkPolicy, to ports that were not meant to leave the pod.
"""

from ringfence.layers.kubernetes.evaluate.powers import Power, power
from ringfence.layers.kubernetes.facts import GrantedRole
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="port-forward-permission",
    severity="low",
    kind="misconfiguration",
    remedy="Bind it for a time, in one namespace, to people.",
    references=("https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks",),
    aliases=("MITRE-T1090",),
)

POWERS = (Power(verbs=("create", "get"), group="", resources=("pods/portforward",)),)
"""What comes to that."""


def check(subject: GrantedRole) -> Outcome:
    """The rules that give one of the powers over objects of any name."""
    return power(subject, POWERS, "reach any port of pods past network policies", Severity.LOW)
