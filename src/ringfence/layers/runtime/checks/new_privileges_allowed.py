"""A container's processes can gain privileges.

Without no_new_privs a set-user-id program or one with file capabilities gives whoever runs it more than it had: an intruder
in a non-root process becomes root inside through `su`, `mount` or a planted binary, up to the bounding set. The flag costs
nothing, is inherited, and cannot be taken back.

Containers in which `sudo` or `ping` with file capabilities must work need it off.
"""

from ringfence.layers.runtime.facts import granted_everything
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided
from ringfence.model.workload import Workload

CHECK = Check(
    slug="new-privileges-allowed",
    severity="low",
    kind="misconfiguration",
    remedy="Run it with `--security-opt no-new-privileges` (pod: `securityContext.allowPrivilegeEscalation: false`).",
    references=("https://docs.kernel.org/userspace-api/no_new_privs.html",),
    aliases=("CIS-Docker-5.26",),
)


def check(subject: Workload) -> Outcome:
    """Whether no_new_privs is set."""
    if granted_everything(subject):
        return NotApplicable(why="privileged says it all")
    match subject.confinement.no_new_privileges:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(False):
            return Broken(
                because="set-user-id programs and file capabilities work in it",
                at=subject.confinement.at("no_new_privileges"),
            )
        case Known():
            return Holds()
