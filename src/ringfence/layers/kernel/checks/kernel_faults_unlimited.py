"""The kernel goes on after any number of faults in it.

When the kernel catches itself in an error it ends the process and goes on, leaving locks and counters as they were. An
attacker who can trigger a harmless fault again and again so makes a counter overflow, and a harmless fault becomes a
use after free (Google Project Zero, 2023). `kernel.oops_limit` stops the machine after that many; the default is 10,000.

It is wanted nowhere; a machine that must never stop is better served by a second one.
"""

from ringfence.layers.kernel.facts import place_of, sysctl
from ringfence.model.component import KernelState
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="kernel-faults-unlimited",
    severity="low",
    kind="misconfiguration",
    remedy=(
        "Set `kernel.oops_limit = 100` in /etc/sysctl.d/60-ringfence.conf and run `sysctl --system`; a kernel without it "
        "(before 6.2, 6.1.9, 5.15.91 and 5.10.166) should be updated."
    ),
    references=(
        "https://docs.kernel.org/admin-guide/sysctl/kernel.html#oops-limit",
        "https://googleprojectzero.blogspot.com/2023/01/exploiting-null-dereferences-in-linux.html",
    ),
)

NAME = "kernel.oops_limit"


def check(kernel: KernelState) -> Outcome:
    """0 means no limit."""
    match sysctl(kernel, NAME):
        case Unknown(reason):
            return Undecided(why=reason)
        case Known("0"):
            return Broken(
                because="the kernel goes on after any number of faults", at=place_of(NAME), evidence=(f"{NAME} = 0",)
            )
        case Known(""):
            return Broken(because="this kernel does not count its faults", at=place_of(NAME))
        case Known(_):
            return Holds()
