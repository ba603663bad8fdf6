"""Any user may read the kernel's log.

The log holds addresses of kernel objects, names of devices and traces of crashes. An attacker reads in it whether an
attempt failed and where things lie in memory, and tries again with better numbers. The kernel's log is not
namespaced: a container that may call `syslog` reads the host's.

It is wanted on a developer's own machine.
"""

from ringfence.layers.kernel.facts import place_of, sysctl
from ringfence.model.component import KernelState
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="kernel-log-open-to-all",
    severity="low",
    kind="misconfiguration",
    remedy="Set `kernel.dmesg_restrict = 1` in /etc/sysctl.d/60-ringfence.conf and run `sysctl --system`.",
    references=("https://docs.kernel.org/admin-guide/sysctl/kernel.html#dmesg-restrict",),
)

NAME = "kernel.dmesg_restrict"


def check(kernel: KernelState) -> Outcome:
    """By the one sysctl."""
    match sysctl(kernel, NAME):
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(""):
            return NotApplicable(why="this kernel has no log to read")
        case Known("0"):
            return Broken(
                because="the kernel log may be read without CAP_SYSLOG", at=place_of(NAME), evidence=(f"{NAME} = 0",)
            )
        case Known(_):
            return Holds()
