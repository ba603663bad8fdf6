"""Members of etcd speak to each other without TLS.

They copy everything the cluster stores to each other.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import paired
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="etcd-peers-without-tls",
    severity="high",
    kind="misconfiguration",
    remedy="Set `--peer-cert-file` and `--peer-key-file`.",
    references=("https://etcd.io/docs/v3.5/op-guide/security/",),
    aliases=("CIS-2.4",),
)


def check(subject: Component) -> Outcome:
    """Whether `--peer-cert-file` and `--peer-key-file` are set."""
    return paired(subject, "etcd", ("peer-cert-file", "peer-key-file"), "what is stored passes in clear between members")
