"""The kubelet lets everyone do everything.

With AlwaysAllow whoever the kubelet knows at all may run commands in every pod of the node. On the command line that is
the default; in a configuration file it is not.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="kubelet-allows-everything",
    severity="critical",
    kind="misconfiguration",
    remedy="Set `authorization.mode: Webhook`.",
    references=("https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/",),
    aliases=(
        "CIS-4.2.2",
        "MITRE-T1609",
    ),
)


def check(subject: Component) -> Outcome:
    """What `--authorization-mode` says, or its default."""
    return asked(
        subject,
        "kubelet",
        "authorization-mode",
        lambda value: value is not None and value != "AlwaysAllow",
        "no role is asked",
    )
