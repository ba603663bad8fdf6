"""Programs lie at foreseeable addresses.

Without address space layout randomisation an exploit that works once works everywhere: stack, libraries and heap of
every process, in containers too, are where the attacker expects them.

It is wanted for nothing but reproducing a crash, and `setarch -R` does that for one process.
"""

from ringfence.layers.kernel.facts import place_of, sysctl
from ringfence.model.component import KernelState
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="addresses-not-randomised",
    severity="medium",
    kind="misconfiguration",
    remedy="Set `kernel.randomize_va_space = 2` in /etc/sysctl.d/60-ringfence.conf and run `sysctl --system`.",
    references=("https://docs.kernel.org/admin-guide/sysctl/kernel.html#randomize-va-space",),
)

NAME = "kernel.randomize_va_space"


def check(kernel: KernelState) -> Outcome:
    """0 is off, 1 leaves the heap where it is."""
    match sysctl(kernel, NAME):
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(""):
            return Undecided(why=f"this kernel has no {NAME}")
        case Known("0"):
            return Broken(because="addresses of programs are not randomised", at=place_of(NAME), evidence=(f"{NAME} = 0",))
        case Known("1"):
            return Broken(
                because="the heap of programs is not randomised",
                at=place_of(NAME),
                evidence=(f"{NAME} = 1",),
                severity=Severity.LOW,
            )
        case Known(_):
            return Holds()
