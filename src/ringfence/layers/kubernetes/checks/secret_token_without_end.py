"""A Secret holds a service account token that never ends.

Secrets of the type service-account-token are filled with a token that is good until the account is deleted. Tokens that
pods and people get today end by themselves.
"""

from ringfence.formats.kubernetes_objects import Secret
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, Outcome

CHECK = Check(
    slug="secret-token-without-end",
    severity="medium",
    kind="misconfiguration",
    remedy="Use a projected token, or `kubectl create token`.",
    references=("https://kubernetes.io/docs/concepts/configuration/secret/#serviceaccount-token-secrets",),
    aliases=(
        "CIS-5.1.6",
        "MITRE-T1528",
    ),
)


def check(subject: Secret) -> Outcome:
    """The Secret's type."""
    if subject.type != "kubernetes.io/service-account-token":
        return Holds()
    return Broken(because=f"{subject.name} is filled with a token that never ends", at=subject.at)
