"""A pod names its profile by an annotation that is no longer read.

Seccomp annotations stopped counting in 1.27, AppArmor's are given up since 1.30. The pod looks confined and is not.
"""

from ringfence.formats.kubernetes_pod import PodSpec
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, Outcome

CHECK = Check(
    slug="profile-annotation-ignored",
    severity="low",
    kind="misconfiguration",
    remedy="Use `seccompProfile` and `appArmorProfile`.",
    references=("https://kubernetes.io/docs/tutorials/security/seccomp/",),
    aliases=(
        "KSV-0104",
        "KSV-0002",
    ),
)


def check(subject: PodSpec) -> Outcome:
    """The annotations that are left."""
    if not subject.profile_annotations:
        return Holds()
    first = subject.profile_annotations[0]
    return Broken(because=f"{first.name} has no effect on new clusters", at=first.at)
