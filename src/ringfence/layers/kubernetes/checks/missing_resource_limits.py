"""A container may take all memory of its node.

Without a memory limit one leak or one attacker's request makes the node kill other pods, and fork bombs or decompression
bombs in one container stop its neighbours.

A missing CPU limit is not meant: CPU is shared by weight, and many leave it open on purpose. Limits may also come
from a LimitRange of the namespace, which a manifest of a pod does not show.
"""

from ringfence.formats.kubernetes_container import Container, ContainerRole
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="missing-resource-limits",
    severity="low",
    kind="misconfiguration",
    remedy="Set `resources.limits.memory` to what the container needs at its busiest, with some room.",
    references=("https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/",),
)


def check(subject: Container) -> Outcome:
    """Whether memory is limited."""
    if subject.role is ContainerRole.EPHEMERAL:
        return NotApplicable(why="an ephemeral container can have no limits")
    match subject.limits:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(limits) if "memory" in limits:
            return Holds()
        case Known():
            return Broken(because="its memory is not limited", at=subject.at)
