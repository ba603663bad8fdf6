"""A role lets its holder write rights it does not have.

The verb `escalate` on roles passes over the rule that nobody grants more than they have.
"""

from ringfence.layers.kubernetes.evaluate.powers import Power, power
from ringfence.layers.kubernetes.facts import GrantedRole
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="escalate-permission",
    severity="critical",
    kind="misconfiguration",
    remedy="Take the verb out; let the pipeline hold the rights it grants.",
    references=("https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks",),
    aliases=(
        "CIS-5.1.8",
        "MITRE-T1098",
    ),
)

POWERS = (
    Power(verbs=("escalate",), group="rbac.authorization.k8s.io", resources=("clusterroles",)),
    Power(verbs=("escalate",), group="rbac.authorization.k8s.io", resources=("roles",)),
)
"""What comes to that."""


def check(subject: GrantedRole) -> Outcome:
    """The rules that give one of the powers over objects of any name."""
    return power(subject, POWERS, "write rights it does not hold into roles", Severity.CRITICAL)
