"""A container runs as a user the node may have too.

Ids below 10,000 are those of system users and people. Where a wall gives way, the intruder is one of these on the node.
"""

from ringfence.formats.kubernetes_pod import PodContainer
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="low-user-id",
    severity="negligible",
    kind="misconfiguration",
    remedy="Set `runAsUser` to 10000 or above.",
    references=("https://kubernetes.io/docs/tasks/configure-pod-container/security-context/",),
    aliases=(
        "KSV-0020",
        "CKV_K8S_40",
    ),
)


def check(subject: PodContainer) -> Outcome:
    """What the container says of it."""
    setting = subject.security.run_as_user
    match setting.value:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(uid) if 0 < uid < 10000:
            return Broken(because=f"its user is {uid}", at=setting.at)
        case _:
            return Holds()
