"""Anyone may join etcd as a member.

A member is sent a copy of everything, and has a vote on what is true.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked, on
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="etcd-peers-unchecked",
    severity="high",
    kind="misconfiguration",
    remedy="Set `--peer-client-cert-auth=true` with a `--peer-trusted-ca-file`.",
    references=("https://etcd.io/docs/v3.5/op-guide/security/",),
    aliases=("CIS-2.5",),
)


def check(subject: Component) -> Outcome:
    """What `--peer-client-cert-auth` says, or its default."""
    return asked(subject, "etcd", "peer-client-cert-auth", on, "members need no certificate")
