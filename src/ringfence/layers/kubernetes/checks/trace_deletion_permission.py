"""A role lets its holder remove traces.

Events and logs tell what happened in a cluster; who may delete them may tidy up after themselves.
"""

from ringfence.layers.kubernetes.evaluate.powers import Power, power
from ringfence.layers.kubernetes.facts import GrantedRole
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="trace-deletion-permission",
    severity="medium",
    kind="misconfiguration",
    remedy="Take the verbs out.",
    references=("https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks",),
    aliases=("MITRE-T1070",),
)

POWERS = (
    Power(verbs=("delete", "deletecollection"), group="", resources=("events", "pods/log")),
    Power(verbs=("delete", "deletecollection"), group="events.k8s.io", resources=("events",)),
)
"""What comes to that."""


def check(subject: GrantedRole) -> Outcome:
    """The rules that give one of the powers over objects of any name."""
    return power(subject, POWERS, "delete events or logs", Severity.MEDIUM)
