"""A role lets its holder change where traffic goes.

Services, endpoints, Ingresses and network policies decide who reaches whom: traffic can be led elsewhere, and walls taken
down.
"""

from ringfence.layers.kubernetes.evaluate.powers import Power, power
from ringfence.layers.kubernetes.facts import GrantedRole
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="network-writing-permission",
    severity="medium",
    kind="misconfiguration",
    remedy="Split it: what the workload needs, in its namespace.",
    references=("https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks",),
    aliases=("MITRE-T1557",),
)

POWERS = (
    Power(verbs=("create", "update", "patch", "delete", "deletecollection"), group="", resources=("services", "endpoints")),
    Power(
        verbs=("create", "update", "patch", "delete", "deletecollection"),
        group="networking.k8s.io",
        resources=("networkpolicies", "ingresses"),
    ),
    Power(
        verbs=("create", "update", "patch", "delete", "deletecollection"),
        group="discovery.k8s.io",
        resources=("endpointslices",),
    ),
)
"""What comes to that."""


def check(subject: GrantedRole) -> Outcome:
    """The rules that give one of the powers over objects of any name."""
    return power(subject, POWERS, "change where traffic goes", Severity.MEDIUM)
