"""Kernel modules can still be loaded.

Whoever gets root on the host, or CAP_SYS_MODULE in a container, can put code of his own into the kernel, where no
audit sees it. Modules that nobody needs are also loaded on demand, so that a bug in a rare protocol is in reach.

It is wanted while a machine starts and where hardware comes and goes. On a node that has loaded all that it needs,
the switch can be set; it cannot be taken back until the next start.
"""

from ringfence.layers.kernel.facts import place_of, sysctl
from ringfence.model.component import KernelState
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="kernel-modules-loadable",
    severity="low",
    kind="misconfiguration",
    remedy="Set `kernel.modules_disabled = 1` in /etc/sysctl.d/60-ringfence.conf and run `sysctl --system`.",
    references=("https://docs.kernel.org/admin-guide/sysctl/kernel.html#modules-disabled",),
)

NAME = "kernel.modules_disabled"


def check(kernel: KernelState) -> Outcome:
    """By the one sysctl."""
    match sysctl(kernel, NAME):
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(""):
            return NotApplicable(why="this kernel was built without loadable modules")
        case Known("0"):
            return Broken(
                because="modules may be loaded into the running kernel", at=place_of(NAME), evidence=(f"{NAME} = 0",)
            )
        case Known(_):
            return Holds()
