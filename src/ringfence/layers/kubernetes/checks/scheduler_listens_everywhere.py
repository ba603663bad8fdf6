"""The scheduler listens on every address.

Its health and metrics tell of the cluster's inside, and its port is one more to attack. Only the node itself needs it.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="scheduler-listens-everywhere",
    severity="medium",
    kind="misconfiguration",
    remedy="Set `--bind-address=127.0.0.1`.",
    references=("https://kubernetes.io/docs/reference/command-line-tools-reference/kube-scheduler/",),
    aliases=("CIS-1.4.2",),
)


def check(subject: Component) -> Outcome:
    """What `--bind-address` says, or its default."""
    return asked(
        subject,
        "kube-scheduler",
        "bind-address",
        lambda value: value in ("127.0.0.1", "::1", "localhost"),
        "it can be reached from outside the node",
    )
