"""Secrets are encrypted in a way with known weaknesses.

aescbc can be made to tell by its padding; aesgcm must have a new key after 200,000 writes, which nobody counts; kms v1 is
slow and given up since 1.28.
"""

from ringfence.formats.encryption_configuration import EncryptionConfiguration
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="encryption-provider-weak",
    severity="low",
    kind="misconfiguration",
    remedy="Use kms with version v2, or secretbox.",
    references=("https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/",),
    aliases=("CIS-1.2.29",),
)


def check(subject: EncryptionConfiguration) -> Outcome:
    """The providers that write."""
    if any(group.unread for group in subject.groups):
        return Undecided(why="it holds a template that was not rendered")
    for group in subject.groups:
        first = group.providers[0] if group.providers else None
        if first and (first.kind in ("aescbc", "aesgcm") or (first.kind == "kms" and first.version == "v1")):
            name = f"{first.kind} {first.version}".strip()
            return Broken(because=f"{name} encrypts {', '.join(group.resources)}", at=first.at)
    return Holds()
