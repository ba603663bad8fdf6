"""A role lets its holder change what admission does.

A webhook sees every object before it is stored, Secrets too, and may change each one: every new pod can be given a
container more. Who deletes one turns a policy off.
"""

from ringfence.layers.kubernetes.evaluate.powers import Power, power
from ringfence.layers.kubernetes.facts import GrantedRole
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="webhook-writing-permission",
    severity="high",
    kind="misconfiguration",
    remedy="Leave it to the installer of the webhook; name its configuration in `resourceNames`.",
    references=("https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks",),
    aliases=(
        "CIS-5.1.12",
        "MITRE-T1546",
    ),
)

POWERS = (
    Power(
        verbs=("create", "update", "patch", "delete", "deletecollection"),
        group="admissionregistration.k8s.io",
        resources=(
            "mutatingwebhookconfigurations",
            "validatingwebhookconfigurations",
            "validatingadmissionpolicies",
            "validatingadmissionpolicybindings",
            "mutatingadmissionpolicies",
            "mutatingadmissionpolicybindings",
        ),
    ),
)
"""What comes to that."""


def check(subject: GrantedRole) -> Outcome:
    """The rules that give one of the powers over objects of any name."""
    return power(subject, POWERS, "change admission webhooks", Severity.HIGH)
