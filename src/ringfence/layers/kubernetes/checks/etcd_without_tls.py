"""etcd speaks without TLS.

Everything the cluster stores, Secrets too, passes over the network in clear between etcd and the API server.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import paired
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="etcd-without-tls",
    severity="high",
    kind="misconfiguration",
    remedy="Set `--cert-file` and `--key-file`.",
    references=("https://etcd.io/docs/v3.5/op-guide/security/",),
    aliases=("CIS-2.1",),
)


def check(subject: Component) -> Outcome:
    """Whether `--cert-file` and `--key-file` are set."""
    return paired(subject, "etcd", ("cert-file", "key-file"), "what is stored passes in clear")
