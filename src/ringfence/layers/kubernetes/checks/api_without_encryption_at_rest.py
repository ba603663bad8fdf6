"""Secrets lie in etcd as they are.

Whoever gets a disk, a snapshot or a backup of etcd reads every Secret of the cluster.

Managed clusters encrypt outside of the API server.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="api-without-encryption-at-rest",
    severity="medium",
    kind="misconfiguration",
    remedy="Give `--encryption-provider-config` a file with kms, secretbox or aescbc for Secrets.",
    references=("https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/",),
    aliases=(
        "CIS-1.2.28",
        "NSA-secrets-encryption",
        "MITRE-T1552",
    ),
)


def check(subject: Component) -> Outcome:
    """What `--encryption-provider-config` says, or its default."""
    return asked(subject, "kube-apiserver", "encryption-provider-config", bool, "Secrets are stored in clear")
