"""A Secret's values are written in a manifest.

Base64 is no encryption: whoever reads the file, or the repository's history, has the values. A manifest is made to be kept
and shared. Let something that holds secrets make the object instead: an external store's operator, sealed secrets, or
encryption of the file itself (SOPS).

Tokens that the cluster fills in, and Secrets without values, are not meant. In a rendered stream that is only piped
through, the values are on their way and this is no fault.
"""

from ringfence.formats.kubernetes_objects import Secret
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome

CHECK = Check(
    slug="secret-value-in-manifest",
    severity="medium",
    kind="secret",
    remedy="Take the values out of the manifest: external secrets, sealed secrets or SOPS; then change them.",
    references=("https://kubernetes.io/docs/concepts/security/secrets-good-practices/",),
    confidence="medium",
)

FILLED_BY_CLUSTER = frozenset({"kubernetes.io/service-account-token", "bootstrap.kubernetes.io/token"})
"""Types whose values the cluster makes itself."""


def check(subject: Secret) -> Outcome:
    """Whether the manifest has the values."""
    if subject.type in FILLED_BY_CLUSTER:
        return NotApplicable(why="the cluster fills it")
    if not subject.has_values:
        return Holds()
    return Broken(because=f"the values of {', '.join(subject.keys[:5])} are in it", at=subject.at, evidence=subject.keys)
