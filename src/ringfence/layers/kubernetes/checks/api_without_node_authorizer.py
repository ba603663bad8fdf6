"""Kubelets are held by no node authorizer.

Without the mode Node a kubelet needs a role for what it does, which then lets every node read the Secrets of all others.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked, has
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="api-without-node-authorizer",
    severity="medium",
    kind="misconfiguration",
    remedy="Add Node to `--authorization-mode`.",
    references=("https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/",),
    aliases=("CIS-1.2.7",),
)


def check(subject: Component) -> Outcome:
    """What `--authorization-mode` says, or its default."""
    return asked(
        subject,
        "kube-apiserver",
        "authorization-mode",
        lambda value: value is None or has(value, "Node"),
        "a node may read what belongs to other nodes",
    )
