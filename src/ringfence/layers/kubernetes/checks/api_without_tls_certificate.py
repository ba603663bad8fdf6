"""The API server has made its certificate itself.

Clients cannot check a certificate nobody signed; people learn to look away, and so do programs.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import paired
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="api-without-tls-certificate",
    severity="medium",
    kind="misconfiguration",
    remedy="Set `--tls-cert-file` and `--tls-private-key-file`.",
    references=("https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/",),
    aliases=("CIS-1.2.25",),
)


def check(subject: Component) -> Outcome:
    """Whether `--tls-cert-file` and `--tls-private-key-file` are set."""
    return paired(
        subject, "kube-apiserver", ("tls-cert-file", "tls-private-key-file"), "clients cannot check whom they talk to"
    )
