"""A role lets its holder make tokens of service accounts.

`serviceaccounts/token` gives a token of any account it covers, good for as long as asked, with all that the account may
do.
"""

from ringfence.layers.kubernetes.evaluate.powers import Power, power
from ringfence.layers.kubernetes.facts import GrantedRole
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="token-creation-permission",
    severity="high",
    kind="misconfiguration",
    remedy="Name the accounts in `resourceNames`.",
    references=("https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks",),
    aliases=(
        "CIS-5.1.13",
        "MITRE-T1528",
    ),
)

POWERS = (Power(verbs=("create",), group="", resources=("serviceaccounts/token",)),)
"""What comes to that."""


def check(subject: GrantedRole) -> Outcome:
    """The rules that give one of the powers over objects of any name."""
    return power(subject, POWERS, "make tokens of service accounts", Severity.HIGH)
