"""The API server does not ask roles.

Without the mode RBAC what is granted stands in files of another kind or at a webhook, where nobody who reads roles will
see it.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked, has
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="api-without-rbac",
    severity="high",
    kind="misconfiguration",
    remedy="Add RBAC to `--authorization-mode`.",
    references=("https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/",),
    aliases=("CIS-1.2.8",),
)


def check(subject: Component) -> Outcome:
    """What `--authorization-mode` says, or its default."""
    return asked(
        subject,
        "kube-apiserver",
        "authorization-mode",
        lambda value: value is None or has(value, "RBAC"),
        "roles are not asked",
    )
