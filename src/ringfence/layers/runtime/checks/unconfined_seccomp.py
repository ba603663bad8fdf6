"""A container runs without a system call filter.

Every hole in the kernel begins with a system call. Without a filter all of them are there for the asking, also those no
application uses: `keyctl`, `bpf`, `userfaultfd`, `io_uring_setup`, the new mount calls. Docker's default profile alone stops
most kernel exploits published against containers.

Kubernetes applies no filter unless the pod or the kubelet asks for one. Debuggers and some runtimes inside containers need
more than the default allows; a profile of their own is still better than none.
"""

from msgspec.structs import replace

from ringfence.layers.runtime.facts import granted_everything
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided
from ringfence.model.workload import Workload

CHECK = Check(
    slug="unconfined-seccomp",
    severity="medium",
    kind="misconfiguration",
    remedy="Leave out `--security-opt seccomp=unconfined` (pod: `securityContext.seccompProfile.type: RuntimeDefault`),"
    " or give it a profile of its own.",
    references=(
        "https://kubernetes.io/docs/tutorials/security/seccomp/",
        "https://docs.docker.com/engine/security/seccomp/",
    ),
    aliases=("CIS-Docker-5.22",),
)


def check(subject: Workload) -> Outcome:
    """Whether there is a filter that denies anything."""
    if granted_everything(subject):
        return NotApplicable(why="privileged says it all")
    match subject.confinement.syscalls:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(filter_) if filter_.unconfined:
            return Broken(because="no system call is denied to it", at=subject.confinement.at("syscalls"))
        case Known(filter_) if filter_.further and replace(filter_, further=0).unconfined:
            return Undecided(why="its engine gives it no filter; the one its process has loaded cannot be read")
        case Known():
            return Holds()
