"""Finished pods pile up.

The default keeps 12,500 finished pods, which fill etcd and slow every list.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked, least
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="controllers-keep-finished-pods",
    severity="negligible",
    kind="misconfiguration",
    remedy="Set `--terminated-pod-gc-threshold` to what is needed, such as 100.",
    references=("https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/",),
    aliases=("CIS-1.3.1",),
)


def check(subject: Component) -> Outcome:
    """What `--terminated-pod-gc-threshold` says, or its default."""
    return asked(
        subject,
        "kube-controller-manager",
        "terminated-pod-gc-threshold",
        lambda value: value is not None and not least(value, 12500),
        "thousands of finished pods are kept",
    )
