"""A role lets its holder run commands in pods.

`pods/exec` is a shell in every pod it covers, with that pod's files, memory, Secrets and service account.

People who debug need it, for a while, in their own namespaces.
"""

from ringfence.layers.kubernetes.evaluate.powers import Power, power
from ringfence.layers.kubernetes.facts import GrantedRole
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="pod-exec-permission",
    severity="high",
    kind="misconfiguration",
    remedy="Bind it for a time, in one namespace, to people.",
    references=("https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks",),
    aliases=(
        "CIS-5.1.4",
        "MITRE-T1609",
    ),
)

POWERS = (Power(verbs=("create", "get"), group="", resources=("pods/exec",)),)
"""What comes to that."""


def check(subject: GrantedRole) -> Outcome:
    """The rules that give one of the powers over objects of any name."""
    return power(subject, POWERS, "run commands in pods", Severity.HIGH)
