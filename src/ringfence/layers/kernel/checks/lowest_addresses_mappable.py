"""Programs may map the lowest addresses.

A null pointer in the kernel is a crash, unless the attacker has put memory of his own at address zero: then it is
code under his hand. `vm.mmap_min_addr` keeps the first pages out of reach.

It is wanted by emulators of 16-bit programs (DOSEMU, Wine) and nothing else.
"""

from ringfence.layers.kernel.facts import place_of, sysctl
from ringfence.model.component import KernelState
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="lowest-addresses-mappable",
    severity="medium",
    kind="misconfiguration",
    remedy="Set `vm.mmap_min_addr = 65536` in /etc/sysctl.d/60-ringfence.conf and run `sysctl --system`.",
    references=("https://docs.kernel.org/admin-guide/sysctl/vm.html#mmap-min-addr",),
)

NAME = "vm.mmap_min_addr"
PAGE = 4096
"""Bytes of the smallest page."""
MAX_DIGITS = 20
"""Of an unsigned long."""


def check(kernel: KernelState) -> Outcome:
    """At least one page (4096 bytes) has to be kept; 65,536 is what distributions set."""
    match sysctl(kernel, NAME):
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(value) if not (value.isascii() and value.isdigit() and len(value) <= MAX_DIGITS):
            return Undecided(why=f"this kernel has no {NAME} that is a number")
        case Known(value) if int(value) < PAGE:
            return Broken(because="memory can be mapped at address zero", at=place_of(NAME), evidence=(f"{NAME} = {value}",))
        case Known(_):
            return Holds()
