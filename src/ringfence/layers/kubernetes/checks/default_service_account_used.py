"""A pod acts as the account that everybody has.

What is ever granted to `default` is granted to every pod of the namespace that names no account. Pods that need no API do
best with no token at all.
"""

from ringfence.formats.kubernetes_pod import PodSpec
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="default-service-account-used",
    severity="negligible",
    kind="misconfiguration",
    remedy="Give it a service account of its own, with `automountServiceAccountToken: false` unless it needs the API.",
    references=("https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/",),
    aliases=(
        "CIS-5.1.5",
        "KSV-0036",
        "KL-default-service-account",
        "NSA-service-accounts",
    ),
)


def check(subject: PodSpec) -> Outcome:
    """Whether it has an account of its own, or no token."""
    if subject.service_account != "default" or subject.automount_token.value == Known(False):
        return Holds()
    if isinstance(subject.automount_token.value, Unknown):
        return Undecided(why=subject.automount_token.value.reason)
    return Broken(because="it acts as default", at=subject.at)
