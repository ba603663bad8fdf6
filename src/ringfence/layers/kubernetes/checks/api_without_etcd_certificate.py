"""The API server shows etcd no certificate.

etcd must then let everyone in who can reach it, and who writes to etcd writes every object of the cluster past all
checks.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import paired
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="api-without-etcd-certificate",
    severity="high",
    kind="misconfiguration",
    remedy="Set `--etcd-certfile` and `--etcd-keyfile`, and have etcd ask for them.",
    references=("https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/",),
    aliases=("CIS-1.2.24",),
)


def check(subject: Component) -> Outcome:
    """Whether `--etcd-certfile` and `--etcd-keyfile` are set."""
    return paired(subject, "kube-apiserver", ("etcd-certfile", "etcd-keyfile"), "etcd cannot know who asks")
