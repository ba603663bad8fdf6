"""Pods are given no service account.

Without the plugin ServiceAccount the account a pod names is not checked, and rules about tokens and pull secrets do not
hold.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked, has
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="api-without-service-accounts",
    severity="medium",
    kind="misconfiguration",
    remedy="Take ServiceAccount out of `--disable-admission-plugins`.",
    references=("https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/",),
    aliases=("CIS-1.2.13",),
)


def check(subject: Component) -> Outcome:
    """What `--disable-admission-plugins` says, or its default."""
    return asked(
        subject,
        "kube-apiserver",
        "disable-admission-plugins",
        lambda value: not has(value, "ServiceAccount"),
        "accounts of pods are not checked",
    )
