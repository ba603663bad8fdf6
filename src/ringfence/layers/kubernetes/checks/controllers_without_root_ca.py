"""Pods cannot check whom they talk to.

The authority given here is put beside every service account token; without it pods must believe whatever answers as the
API server.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="controllers-without-root-ca",
    severity="low",
    kind="misconfiguration",
    remedy="Set `--root-ca-file`.",
    references=("https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/",),
    aliases=("CIS-1.3.5",),
)


def check(subject: Component) -> Outcome:
    """What `--root-ca-file` says, or its default."""
    return asked(subject, "kube-controller-manager", "root-ca-file", bool, "pods are given no authority to check with")
