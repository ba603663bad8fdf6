"""The API server lets everyone do everything.

The mode AlwaysAllow asks no role: whoever has any credentials is an administrator. It is also what counts when no mode is
set.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked, has
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="api-allows-everything",
    severity="critical",
    kind="misconfiguration",
    remedy="Set `--authorization-mode=Node,RBAC`.",
    references=("https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/",),
    aliases=(
        "CIS-1.2.6",
        "MITRE-T1078",
    ),
)


def check(subject: Component) -> Outcome:
    """What `--authorization-mode` says, or its default."""
    return asked(
        subject,
        "kube-apiserver",
        "authorization-mode",
        lambda value: value is not None and not has(value, "AlwaysAllow"),
        "no role is asked",
    )
