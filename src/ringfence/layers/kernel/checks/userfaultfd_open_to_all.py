"""Any user may stop the kernel in the middle of a memory access.

With userfaultfd a program decides when a page fault inside the kernel is answered. That turns a race nobody could win
into one that cannot be lost, and is a step of many kernel exploits.

It is wanted for live migration of virtual machines and by some garbage collectors; since Linux 5.11 those may catch
faults in user space without this switch, and since 6.1 use /dev/userfaultfd.
"""

from ringfence.layers.kernel.facts import built_with, place_of, sysctl
from ringfence.model.component import KernelState
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="userfaultfd-open-to-all",
    severity="medium",
    kind="misconfiguration",
    remedy="Set `vm.unprivileged_userfaultfd = 0` in /etc/sysctl.d/60-ringfence.conf and run `sysctl --system`.",
    references=("https://docs.kernel.org/admin-guide/sysctl/vm.html#unprivileged-userfaultfd",),
)

NAME = "vm.unprivileged_userfaultfd"


def check(kernel: KernelState) -> Outcome:
    """By the sysctl, or by the build configuration of a kernel that has no such sysctl."""
    match sysctl(kernel, NAME):
        case Unknown(reason):
            return Undecided(why=reason)
        case Known("1"):
            return Broken(
                because="users without CAP_SYS_PTRACE may catch page faults of the kernel",
                at=place_of(NAME),
                evidence=(f"{NAME} = 1",),
            )
        case Known(""):
            return _without_switch(kernel)
        case Known(_):
            return Holds()


def _without_switch(kernel: KernelState) -> Outcome:
    """The sysctl came with Linux 5.2; before it, userfaultfd was open to everyone."""
    match built_with(kernel, "CONFIG_USERFAULTFD"):
        case Unknown(reason):
            return Undecided(why=f"this kernel has no {NAME}, and {reason}")
        case Known(True):
            return Broken(because="userfaultfd is open to all, and this kernel has no switch for it", at=place_of(NAME))
        case Known(_):
            return NotApplicable(why="this kernel is built without userfaultfd")
