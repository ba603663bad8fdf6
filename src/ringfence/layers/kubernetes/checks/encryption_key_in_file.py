"""The key that encrypts Secrets lies beside them.

Keys of aescbc, aesgcm and secretbox stand in this file on the node's disk: whoever has the disk or its backup has both. A
key management service keeps the key elsewhere.
"""

from ringfence.formats.encryption_configuration import EncryptionConfiguration
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="encryption-key-in-file",
    severity="low",
    kind="misconfiguration",
    remedy="Use the provider kms with version v2.",
    references=("https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/",),
    aliases=("CIS-1.2.29",),
)


def check(subject: EncryptionConfiguration) -> Outcome:
    """Providers with keys of their own."""
    if any(group.unread for group in subject.groups):
        return Undecided(why="it holds a template that was not rendered")
    found = [item for group in subject.groups for item in group.providers if item.keys]
    if not found:
        return Holds()
    return Broken(because=f"it holds {found[0].keys} key(s) of {found[0].kind}", at=found[0].at)
