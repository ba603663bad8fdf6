"""A role lets its holder change kinds of objects.

Who changes a CustomResourceDefinition changes what operators believe, deletes every object of the kind, or has
conversions go through a webhook of their own.
"""

from ringfence.layers.kubernetes.evaluate.powers import Power, power
from ringfence.layers.kubernetes.facts import GrantedRole
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="resource-kind-writing-permission",
    severity="low",
    kind="misconfiguration",
    remedy="Leave it to the installer of the operator.",
    references=("https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks",),
    aliases=("MITRE-T1546",),
)

POWERS = (
    Power(
        verbs=("create", "update", "patch", "delete"), group="apiextensions.k8s.io", resources=("customresourcedefinitions",)
    ),
)
"""What comes to that."""


def check(subject: GrantedRole) -> Outcome:
    """The rules that give one of the powers over objects of any name."""
    return power(subject, POWERS, "change kinds of objects", Severity.LOW)
