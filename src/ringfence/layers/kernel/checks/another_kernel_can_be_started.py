"""Root may start another kernel in place of this one.

With `kexec` root replaces the running kernel without a signature check unless lockdown is on, and so undoes secure
boot. From a container it takes CAP_SYS_BOOT, which privileged containers have.

It is wanted where crash dumps (kdump) are taken; load the crash kernel first, then set the switch.
"""

from ringfence.layers.kernel.facts import place_of, sysctl
from ringfence.model.component import KernelState
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="another-kernel-can-be-started",
    severity="low",
    kind="misconfiguration",
    remedy="Set `kernel.kexec_load_disabled = 1` in /etc/sysctl.d/60-ringfence.conf and run `sysctl --system`.",
    references=("https://docs.kernel.org/admin-guide/sysctl/kernel.html#kexec-load-disabled",),
)

NAME = "kernel.kexec_load_disabled"


def check(kernel: KernelState) -> Outcome:
    """By the one sysctl."""
    match sysctl(kernel, NAME):
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(""):
            return NotApplicable(why="this kernel cannot start another one")
        case Known("0"):
            return Broken(because="another kernel may be loaded and started", at=place_of(NAME), evidence=(f"{NAME} = 0",))
        case Known(_):
            return Holds()
