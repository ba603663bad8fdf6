"""A role lets its holder write Secrets.

Who writes Secrets puts credentials of their own where others' programs use them; and a new Secret of the type service-
account-token is filled with a token of any account of the namespace.
"""

from ringfence.layers.kubernetes.evaluate.powers import Power, power
from ringfence.layers.kubernetes.facts import GrantedRole
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="secret-writing-permission",
    severity="medium",
    kind="misconfiguration",
    remedy="Name the Secrets in `resourceNames`; `create` cannot be limited so: give it in a namespace of its own.",
    references=("https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks",),
    aliases=(
        "CIS-5.1.2",
        "MITRE-T1528",
    ),
)

POWERS = (Power(verbs=("create", "update", "patch", "delete", "deletecollection"), group="", resources=("secrets",)),)
"""What comes to that."""


def check(subject: GrantedRole) -> Outcome:
    """The rules that give one of the powers over objects of any name."""
    return power(subject, POWERS, "write Secrets", Severity.MEDIUM)
