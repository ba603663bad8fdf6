"""A container asks for no share of the processors.

The scheduler puts it anywhere, and under load it gets the least: health checks fail, and it is restarted when it is
needed most.
"""

from ringfence.formats.kubernetes_container import Container, ContainerRole
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="cpu-not-requested",
    severity="negligible",
    kind="misconfiguration",
    remedy="Set `resources.requests.cpu`.",
    references=("https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/",),
    aliases=(
        "KSV-0015",
        "CKV_K8S_10",
    ),
)


def check(subject: Container) -> Outcome:
    """Whether it is set."""
    if subject.role is ContainerRole.EPHEMERAL:
        return NotApplicable(why="an ephemeral container can have none")
    match subject.requests:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(names) if "cpu" in names:
            return Holds()
        case Known():
            return Broken(because="it asks for no CPU", at=subject.at)
