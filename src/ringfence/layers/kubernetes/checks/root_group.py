"""A container runs in root's group.

Files that root's group may write, on volumes and where a wall gives way on the node, are open to it.
"""

from ringfence.formats.kubernetes_pod import PodContainer
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="root-group",
    severity="low",
    kind="misconfiguration",
    remedy="Set `runAsGroup` to 10000 or above.",
    references=("https://kubernetes.io/docs/tasks/configure-pod-container/security-context/",),
    aliases=("KSV-0116",),
)


def check(subject: PodContainer) -> Outcome:
    """What the container says of it."""
    setting = subject.security.run_as_group
    match setting.value:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(0):
            return Broken(because="its group is root's", at=setting.at)
        case _:
            return Holds()
