"""Secrets are written to etcd as they are.

The first provider writes; `identity` writes in clear. Those after it only read what older keys wrote. A configuration
with identity first looks like encryption and is none.
"""

from ringfence.formats.encryption_configuration import EncryptionConfiguration
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="secrets-stored-in-clear",
    severity="high",
    kind="misconfiguration",
    remedy="Put kms, secretbox or aescbc first, then write every Secret anew: `kubectl get secrets -A -o json | "
    "kubectl replace -f -`.",
    references=("https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/",),
    aliases=(
        "CIS-1.2.29",
        "NSA-secrets-encryption",
        "MITRE-T1552",
    ),
)


def check(subject: EncryptionConfiguration) -> Outcome:
    """The first provider of what covers Secrets."""
    if any(group.unread for group in subject.groups):
        return Undecided(why="it holds a template that was not rendered")
    covering = [group for group in subject.groups if group.has_secrets]
    if not covering:
        return Broken(because="Secrets are not among the resources it encrypts", at=subject.at)
    first = covering[0].providers[0] if covering[0].providers else None
    if first is None or first.kind == "identity":
        return Broken(because="the first provider writes in clear", at=first.at if first else covering[0].at)
    return Holds()
