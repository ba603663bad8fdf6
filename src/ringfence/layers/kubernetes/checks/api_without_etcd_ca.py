"""The API server does not check etcd's certificate.

Whoever can stand in the way between the two reads and changes everything the cluster stores.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="api-without-etcd-ca",
    severity="medium",
    kind="misconfiguration",
    remedy="Set `--etcd-cafile`.",
    references=("https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/",),
    aliases=("CIS-1.2.27",),
)


def check(subject: Component) -> Outcome:
    """What `--etcd-cafile` says, or its default."""
    return asked(subject, "kube-apiserver", "etcd-cafile", bool, "whatever answers as etcd is believed")
