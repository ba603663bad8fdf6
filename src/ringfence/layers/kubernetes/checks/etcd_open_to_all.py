"""etcd lets everyone in who reaches it.

Who writes to etcd writes any object past every check: a role binding, a pod on any node. Who reads it has every Secret.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked, on
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="etcd-open-to-all",
    severity="critical",
    kind="misconfiguration",
    remedy="Set `--client-cert-auth=true` with a `--trusted-ca-file`.",
    references=("https://etcd.io/docs/v3.5/op-guide/security/",),
    aliases=(
        "CIS-2.2",
        "MITRE-T1552",
    ),
)


def check(subject: Component) -> Outcome:
    """What `--client-cert-auth` says, or its default."""
    return asked(subject, "etcd", "client-cert-auth", on, "clients need no certificate")
