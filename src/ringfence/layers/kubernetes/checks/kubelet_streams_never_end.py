"""Idle connections into pods never end.

A forgotten `kubectl exec` stays a way into the pod for ever, and connections that nobody uses run the node out of ports.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="kubelet-streams-never-end",
    severity="low",
    kind="misconfiguration",
    remedy="Leave `streamingConnectionIdleTimeout` at its default of 4 hours, or set less.",
    references=("https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/",),
    aliases=("CIS-4.2.5",),
)


def check(subject: Component) -> Outcome:
    """What `--streaming-connection-idle-timeout` says, or its default."""
    return asked(
        subject,
        "kubelet",
        "streaming-connection-idle-timeout",
        lambda value: value is None or value.rstrip("smh") != "0",
        "idle connections are kept for ever",
    )
