"""A container asks for no memory.

The scheduler does not count it, nodes are filled past what they have, and it is the first to be killed.
"""

from ringfence.formats.kubernetes_container import Container, ContainerRole
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="memory-not-requested",
    severity="negligible",
    kind="misconfiguration",
    remedy="Set `resources.requests.memory`.",
    references=("https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/",),
    aliases=(
        "KSV-0016",
        "CKV_K8S_12",
    ),
)


def check(subject: Container) -> Outcome:
    """Whether it is set."""
    if subject.role is ContainerRole.EPHEMERAL:
        return NotApplicable(why="an ephemeral container can have none")
    match subject.requests:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(names) if "memory" in names:
            return Holds()
        case Known():
            return Broken(because="it asks for no memory", at=subject.at)
