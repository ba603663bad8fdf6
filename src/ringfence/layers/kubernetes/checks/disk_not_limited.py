"""A container may fill its node's disk.

Logs, the container's own layer and emptyDirs lie on the node's disk; full, the node throws pods out.
"""

from ringfence.formats.kubernetes_container import Container, ContainerRole
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="disk-not-limited",
    severity="negligible",
    kind="misconfiguration",
    remedy="Set `resources.limits.ephemeral-storage`.",
    references=("https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/",),
    aliases=("CKV2_K8S_disk",),
)


def check(subject: Container) -> Outcome:
    """Whether it is set."""
    if subject.role is ContainerRole.EPHEMERAL:
        return NotApplicable(why="an ephemeral container can have none")
    match subject.limits:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(names) if "ephemeral-storage" in names:
            return Holds()
        case Known():
            return Broken(because="its use of the node's disk is not limited", at=subject.at)
