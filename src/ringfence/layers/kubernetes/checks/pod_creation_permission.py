"""A role lets its holder create pods.

A new pod may name any service account of its namespace, mount any of its Secrets and, unless Pod Security forbids it, the
node's own files. Who creates pods has what all of these have.

Controllers and deployment tools must create pods.
"""

from ringfence.layers.kubernetes.evaluate.powers import Power, power
from ringfence.layers.kubernetes.facts import GrantedRole
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="pod-creation-permission",
    severity="medium",
    kind="misconfiguration",
    remedy="Leave it to controllers; enforce a Pod Security level in the namespace, and keep accounts of worth elsewhere.",
    references=("https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks",),
    aliases=(
        "CIS-5.1.4",
        "NSA-rbac",
        "MITRE-T1610",
    ),
)

POWERS = (
    Power(verbs=("create", "update", "patch"), group="", resources=("pods",)),
    Power(
        verbs=("create", "update", "patch"),
        group="apps",
        resources=("deployments", "daemonsets", "statefulsets", "replicasets"),
    ),
    Power(verbs=("create", "update", "patch"), group="batch", resources=("jobs", "cronjobs")),
    Power(verbs=("create", "update", "patch"), group="", resources=("replicationcontrollers",)),
)
"""What comes to that."""


def check(subject: GrantedRole) -> Outcome:
    """The rules that give one of the powers over objects of any name."""
    return power(subject, POWERS, "create pods, with any service account of the namespace", Severity.MEDIUM)
