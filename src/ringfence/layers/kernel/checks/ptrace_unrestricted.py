"""A process may read and steer every other process of its user.

Once one program of a user is taken over, it reads keys and tokens out of the memory of all others of the same user:
ssh-agent, a browser, in a container the neighbouring process. Yama limits ptrace to a process' own children.

It is wanted where people attach debuggers to running processes; `kernel.yama.ptrace_scope` can be lowered for that
while it lasts, and CAP_SYS_PTRACE overrides it.
"""

from ringfence.layers.kernel.facts import place_of, sysctl
from ringfence.model.component import KernelState
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="ptrace-unrestricted",
    severity="low",
    kind="misconfiguration",
    remedy="Set `kernel.yama.ptrace_scope = 1` in /etc/sysctl.d/60-ringfence.conf and run `sysctl --system`.",
    references=("https://docs.kernel.org/admin-guide/LSM/Yama.html",),
)

NAME = "kernel.yama.ptrace_scope"


def check(kernel: KernelState) -> Outcome:
    """A kernel without Yama has no limit but the equal user."""
    match sysctl(kernel, NAME):
        case Unknown(reason):
            return Undecided(why=reason)
        case Known("0"):
            return Broken(
                because="ptrace reaches all processes of the same user", at=place_of(NAME), evidence=(f"{NAME} = 0",)
            )
        case Known(""):
            return Broken(
                because="ptrace reaches all processes of the same user, and this kernel runs without Yama, which limits it",
                at=place_of(NAME),
                evidence=(f"{NAME} is not there: add yama to the boot parameter lsm=, if the kernel is built with it",),
            )
        case Known(_):
            return Holds()
