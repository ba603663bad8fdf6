"""The kubelet changes the node's kernel settings.

It sets what it needs over what the administrator of the node chose, instead of refusing to start.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked, on
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="kubelet-changes-kernel-settings",
    severity="low",
    kind="misconfiguration",
    remedy="Set `protectKernelDefaults: true` and the settings it names on the node.",
    references=("https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/",),
    aliases=("CIS-4.2.6",),
)


def check(subject: Component) -> Outcome:
    """What `--protect-kernel-defaults` says, or its default."""
    return asked(subject, "kubelet", "protect-kernel-defaults", on, "the node's own kernel settings are overwritten")
