"""A role lets its holder bind roles it does not have.

The verb `bind` passes over the rule that nobody grants more than they have: with it and a binding one has cluster-admin.
"""

from ringfence.layers.kubernetes.evaluate.powers import Power, power
from ringfence.layers.kubernetes.facts import GrantedRole
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="bind-permission",
    severity="critical",
    kind="misconfiguration",
    remedy="Name the roles that may be bound in `resourceNames`.",
    references=("https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks",),
    aliases=(
        "CIS-5.1.8",
        "MITRE-T1098",
    ),
)

POWERS = (
    Power(verbs=("bind",), group="rbac.authorization.k8s.io", resources=("clusterroles",)),
    Power(verbs=("bind",), group="rbac.authorization.k8s.io", resources=("roles",)),
)
"""What comes to that."""


def check(subject: GrantedRole) -> Outcome:
    """The rules that give one of the powers over objects of any name."""
    return power(subject, POWERS, "bind roles it does not hold", Severity.CRITICAL)
