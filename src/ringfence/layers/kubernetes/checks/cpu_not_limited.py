"""A container may take all processors of its node.

CPU is shared by weight, so a busy neighbour is slowed and not stopped. A limit makes a stolen container useless for
mining, and costs throttling.
"""

from ringfence.formats.kubernetes_container import Container, ContainerRole
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="cpu-not-limited",
    severity="negligible",
    kind="misconfiguration",
    remedy="Set `resources.limits.cpu` where the workload allows.",
    references=("https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/",),
    aliases=(
        "KSV-0011",
        "CKV_K8S_11",
    ),
)


def check(subject: Container) -> Outcome:
    """Whether it is set."""
    if subject.role is ContainerRole.EPHEMERAL:
        return NotApplicable(why="an ephemeral container can have none")
    match subject.limits:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(names) if "cpu" in names:
            return Holds()
        case Known():
            return Broken(because="its CPU is not limited", at=subject.at)
