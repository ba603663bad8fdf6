"""A role lets its holder act as others.

`impersonate` on users or groups is everything anybody may do, `system:masters` included; on service accounts, what any of
these may do.
"""

from ringfence.layers.kubernetes.evaluate.powers import Power, power
from ringfence.layers.kubernetes.facts import GrantedRole
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="impersonate-permission",
    severity="critical",
    kind="misconfiguration",
    remedy="Name whom it may act as in `resourceNames`.",
    references=("https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks",),
    aliases=(
        "CIS-5.1.8",
        "MITRE-T1134",
    ),
)

POWERS = (
    Power(verbs=("impersonate",), group="", resources=("users", "groups")),
    Power(verbs=("impersonate",), group="", resources=("serviceaccounts",)),
)
"""What comes to that."""


def check(subject: GrantedRole) -> Outcome:
    """The rules that give one of the powers over objects of any name."""
    return power(subject, POWERS, "act as others", Severity.CRITICAL)
