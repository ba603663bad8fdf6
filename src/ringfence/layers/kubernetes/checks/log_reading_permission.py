"""A role lets its holder read the logs of pods.

Logs hold what programs should not have written: tokens, personal data. Support and monitoring need them.
"""

from ringfence.layers.kubernetes.evaluate.powers import Power, power
from ringfence.layers.kubernetes.facts import GrantedRole
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="log-reading-permission",
    severity="negligible",
    kind="misconfiguration",
    remedy="Bind it in the namespaces it is for.",
    references=("https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks",),
    aliases=("MITRE-T1552",),
)

POWERS = (Power(verbs=("get",), group="", resources=("pods/log",)),)
"""What comes to that."""


def check(subject: GrantedRole) -> Outcome:
    """The rules that give one of the powers over objects of any name."""
    return power(subject, POWERS, "read the logs of pods", Severity.NEGLIGIBLE)
