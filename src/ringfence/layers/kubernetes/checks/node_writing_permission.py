"""A role lets its holder change nodes.

Labels and taints decide where pods go: a node can be made to draw pods with secrets of worth to itself; a deleted node
takes its pods with it.
"""

from ringfence.layers.kubernetes.evaluate.powers import Power, power
from ringfence.layers.kubernetes.facts import GrantedRole
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="node-writing-permission",
    severity="medium",
    kind="misconfiguration",
    remedy="Leave it to the controllers of nodes.",
    references=("https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks",),
    aliases=("MITRE-T1578",),
)

POWERS = (Power(verbs=("update", "patch", "delete"), group="", resources=("nodes", "nodes/status")),)
"""What comes to that."""


def check(subject: GrantedRole) -> Outcome:
    """The rules that give one of the powers over objects of any name."""
    return power(subject, POWERS, "change nodes, and with them where pods go", Severity.MEDIUM)
