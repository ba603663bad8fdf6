"""A role lets its holder reach kubelets directly.

`nodes/proxy` runs commands in every pod of a node past admission and audit; even `get` is enough, through a websocket.

Monitoring of old needed it; `nodes/metrics` and `nodes/stats` do now.
"""

from ringfence.layers.kubernetes.evaluate.powers import Power, power
from ringfence.layers.kubernetes.facts import GrantedRole
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="kubelet-access-permission",
    severity="high",
    kind="misconfiguration",
    remedy="Grant `nodes/metrics` or `nodes/stats` instead.",
    references=("https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks",),
    aliases=(
        "CIS-5.1.10",
        "MITRE-T1609",
    ),
)

POWERS = (Power(verbs=("get", "create"), group="", resources=("nodes/proxy",)),)
"""What comes to that."""


def check(subject: GrantedRole) -> Outcome:
    """The rules that give one of the powers over objects of any name."""
    return power(subject, POWERS, "reach the kubelets past admission and audit", Severity.HIGH)
