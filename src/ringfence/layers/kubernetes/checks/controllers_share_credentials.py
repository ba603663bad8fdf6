"""All controllers act with the same rights.

Each controller has a service account with its own role. Without it all of them act with the sum of all rights, and the
audit log cannot tell them apart.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked, on
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="controllers-share-credentials",
    severity="medium",
    kind="misconfiguration",
    remedy="Set `--use-service-account-credentials=true`.",
    references=("https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/",),
    aliases=("CIS-1.3.3",),
)


def check(subject: Component) -> Outcome:
    """What `--use-service-account-credentials` says, or its default."""
    return asked(subject, "kube-controller-manager", "use-service-account-credentials", on, "controllers share one identity")
