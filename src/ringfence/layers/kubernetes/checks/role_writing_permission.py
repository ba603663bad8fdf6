"""A role lets its holder write roles and bindings.

The API server lets nobody grant more than they have; but what they have they may hand to anyone, where nobody looks for
it, and later rights follow.

Operators that install others need it.
"""

from ringfence.layers.kubernetes.evaluate.powers import Power, power
from ringfence.layers.kubernetes.facts import GrantedRole
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="role-writing-permission",
    severity="high",
    kind="misconfiguration",
    remedy="Leave roles to the deployment pipeline; use `resourceNames`.",
    references=("https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks",),
    aliases=(
        "CIS-5.1.8",
        "NSA-rbac",
        "MITRE-T1098",
    ),
)

POWERS = (
    Power(
        verbs=("create", "update", "patch"),
        group="rbac.authorization.k8s.io",
        resources=("clusterroles", "clusterrolebindings", "roles", "rolebindings"),
    ),
)
"""What comes to that."""


def check(subject: GrantedRole) -> Outcome:
    """The rules that give one of the powers over objects of any name."""
    return power(subject, POWERS, "write roles or bind them", Severity.HIGH)
