"""A container runs as a group the node may have too.

Ids below 10,000 are those of system groups and people. Files of the node that such a group may read are open where a wall
gives way.
"""

from ringfence.formats.kubernetes_pod import PodContainer
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="low-group-id",
    severity="negligible",
    kind="misconfiguration",
    remedy="Set `runAsGroup` to 10000 or above.",
    references=("https://kubernetes.io/docs/tasks/configure-pod-container/security-context/",),
    aliases=("KSV-0021",),
)


def check(subject: PodContainer) -> Outcome:
    """What the container says of it."""
    setting = subject.security.run_as_group
    match setting.value:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(gid) if 0 < gid < 10000:
            return Broken(because=f"its group is {gid}", at=setting.at)
        case _:
            return Holds()
