"""Pods without a profile run without a system call filter.

With `seccompDefault` the kubelet gives every container the runtime's own filter that names none, which stops most
published kernel exploits.

Workloads that need more than the filter allows must say so first.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked, on
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="kubelet-without-seccomp-default",
    severity="low",
    kind="misconfiguration",
    remedy="Set `seccompDefault: true`.",
    references=("https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/",),
    aliases=(
        "CIS-4.2.14",
        "NSA-seccomp",
    ),
)


def check(subject: Component) -> Outcome:
    """What `--seccomp-default` says, or its default."""
    return asked(subject, "kubelet", "seccomp-default", on, "pods that name no profile have none")
