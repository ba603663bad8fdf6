"""Objects are made in namespaces that are going away.

Without the plugin NamespaceLifecycle objects appear in namespaces that do not exist or are being deleted, and Kubernetes'
own namespaces can be deleted.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked, has
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="api-without-namespace-lifecycle",
    severity="low",
    kind="misconfiguration",
    remedy="Take NamespaceLifecycle out of `--disable-admission-plugins`.",
    references=("https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/",),
    aliases=("CIS-1.2.14",),
)


def check(subject: Component) -> Outcome:
    """What `--disable-admission-plugins` says, or its default."""
    return asked(
        subject,
        "kube-apiserver",
        "disable-admission-plugins",
        lambda value: not has(value, "NamespaceLifecycle"),
        "namespaces are not looked after",
    )
