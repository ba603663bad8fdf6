"""A pod names its service account in a field given up long ago.

`serviceAccount` was renamed before 1.0; tools that read only `serviceAccountName` take the pod's account for `default`.
"""

from ringfence.formats.kubernetes_pod import PodSpec
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="deprecated-account-field",
    severity="negligible",
    kind="misconfiguration",
    remedy="Write `serviceAccountName`.",
    references=("https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/",),
    aliases=("KL-deprecated-service-account-field",),
)


def check(subject: PodSpec) -> Outcome:
    """What the pod says of it."""
    setting = subject.deprecated_account
    match setting.value:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(name) if name:
            return Broken(because=f"serviceAccount names {name}", at=setting.at)
        case _:
            return Holds()
