"""Any user may use io_uring.

io_uring is young, large and fast-moving kernel code that carries out file and network operations without a system
call for each, so that seccomp filters and most recorders do not see them. Google reported that 60 % of the exploits
handed in to its programme in 2022 used it, and limited it on its own systems.

It is wanted by some databases and storage engines. Give those a group of their own (`kernel.io_uring_group`, with the
value 1).
"""

from ringfence.layers.kernel.facts import built_with, place_of, sysctl
from ringfence.model.component import KernelState
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="io-uring-open-to-all",
    severity="medium",
    kind="misconfiguration",
    remedy=(
        "Set `kernel.io_uring_disabled = 1` in /etc/sysctl.d/60-ringfence.conf and run `sysctl --system`; "
        "before Linux 6.6 deny io_uring_setup in the seccomp profiles."
    ),
    references=(
        "https://docs.kernel.org/admin-guide/sysctl/kernel.html#io-uring-disabled",
        "https://security.googleblog.com/2023/06/learnings-from-kctf-vrps-42-linux.html",
    ),
)

NAME = "kernel.io_uring_disabled"


def check(kernel: KernelState) -> Outcome:
    """By the sysctl, or by the build configuration of a kernel that has no such sysctl."""
    match sysctl(kernel, NAME):
        case Unknown(reason):
            return Undecided(why=reason)
        case Known("0"):
            return Broken(because="io_uring is open to every process", at=place_of(NAME), evidence=(f"{NAME} = 0",))
        case Known(""):
            return _without_switch(kernel)
        case Known(_):
            return Holds()


def _without_switch(kernel: KernelState) -> Outcome:
    """The sysctl came with Linux 6.6; before it, io_uring was open to everyone."""
    match built_with(kernel, "CONFIG_IO_URING"):
        case Unknown(reason):
            return Undecided(why=f"this kernel has no {NAME}, and {reason}")
        case Known(True):
            return Broken(because="io_uring is open to all, and this kernel has no switch for it", at=place_of(NAME))
        case Known(_):
            return NotApplicable(why="this kernel is built without io_uring")
