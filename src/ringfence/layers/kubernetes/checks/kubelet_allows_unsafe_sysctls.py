"""Pods may set kernel settings that are not safe.

These settings reach beyond the pod: they can starve or crash the node and its other pods.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="kubelet-allows-unsafe-sysctls",
    severity="medium",
    kind="misconfiguration",
    remedy="Take `allowedUnsafeSysctls` out; give the few workloads that need them nodes of their own.",
    references=("https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/",),
    aliases=("CIS-4.2.15",),
)


def check(subject: Component) -> Outcome:
    """What `--allowed-unsafe-sysctls` says, or its default."""
    return asked(
        subject,
        "kubelet",
        "allowed-unsafe-sysctls",
        lambda value: not value,
        "pods may change settings that reach beyond them",
    )
