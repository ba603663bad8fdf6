"""A role lets its holder approve certificates.

An approved request for a client certificate is a new identity, that of an administrator or a node if so written, and
cannot be taken back before it ends.
"""

from ringfence.layers.kubernetes.evaluate.powers import Power, power
from ringfence.layers.kubernetes.facts import GrantedRole
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="certificate-approval-permission",
    severity="high",
    kind="misconfiguration",
    remedy="Leave it to the controllers of Kubernetes, or limit the signers by `resourceNames`.",
    references=("https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks",),
    aliases=(
        "CIS-5.1.11",
        "MITRE-T1098",
    ),
)

POWERS = (
    Power(verbs=("update", "patch"), group="certificates.k8s.io", resources=("certificatesigningrequests/approval",)),
    Power(verbs=("approve", "sign"), group="certificates.k8s.io", resources=("signers",)),
)
"""What comes to that."""


def check(subject: GrantedRole) -> Outcome:
    """The rules that give one of the powers over objects of any name."""
    return power(subject, POWERS, "approve or sign certificates of any identity", Severity.HIGH)
