"""The API server knows no authority for client certificates.

Kubelets and administrators cannot show certificates then, and use something weaker.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="api-without-client-ca",
    severity="medium",
    kind="misconfiguration",
    remedy="Set `--client-ca-file`.",
    references=("https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/",),
    aliases=("CIS-1.2.26",),
)


def check(subject: Component) -> Outcome:
    """What `--client-ca-file` says, or its default."""
    return asked(subject, "kube-apiserver", "client-ca-file", bool, "client certificates are not accepted")
