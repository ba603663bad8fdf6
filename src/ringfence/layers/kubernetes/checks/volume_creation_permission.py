"""A role lets its holder make volumes of any host path.

A PersistentVolume may be a path of the node, and a pod that claims it has no hostPath volume for Pod Security to refuse.
"""

from ringfence.layers.kubernetes.evaluate.powers import Power, power
from ringfence.layers.kubernetes.facts import GrantedRole
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="volume-creation-permission",
    severity="high",
    kind="misconfiguration",
    remedy="Leave it to storage provisioners.",
    references=("https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks",),
    aliases=(
        "CIS-5.1.9",
        "MITRE-T1611",
    ),
)

POWERS = (Power(verbs=("create", "update", "patch"), group="", resources=("persistentvolumes",)),)
"""What comes to that."""


def check(subject: GrantedRole) -> Outcome:
    """The rules that give one of the powers over objects of any name."""
    return power(subject, POWERS, "make volumes of any path of the nodes", Severity.HIGH)
