"""A role lets its holder change configuration.

Configuration decides what programs run and whom they trust; in kube-system also how the cluster's DNS and proxies work.
"""

from ringfence.layers.kubernetes.evaluate.powers import Power, power
from ringfence.layers.kubernetes.facts import GrantedRole
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="config-map-writing-permission",
    severity="low",
    kind="misconfiguration",
    remedy="Name the ConfigMaps in `resourceNames`.",
    references=("https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks",),
    aliases=("MITRE-T1565",),
)

POWERS = (Power(verbs=("create", "update", "patch", "delete", "deletecollection"), group="", resources=("configmaps",)),)
"""What comes to that."""


def check(subject: GrantedRole) -> Outcome:
    """The rules that give one of the powers over objects of any name."""
    return power(subject, POWERS, "change ConfigMaps", Severity.LOW)
