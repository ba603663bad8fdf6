"""Keys on the console command the kernel.

Whoever sits at the console, a virtual or serial one in a data centre too, kills every process, remounts the disks or
reads memory and registers with a key chord. The bits of `kernel.sysrq` say which of these are open.

Syncing the disks (16), remounting them read-only (32) and rebooting (128) are often wanted; distributions set 176 or 438.
"""

from ringfence.layers.kernel.facts import place_of, sysctl
from ringfence.model.component import KernelState
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="magic-keys-enabled",
    severity="low",
    kind="misconfiguration",
    remedy="Set `kernel.sysrq = 176` (sync, remount, reboot) in /etc/sysctl.d/60-ringfence.conf and run `sysctl --system`.",
    references=("https://docs.kernel.org/admin-guide/sysrq.html",),
)

NAME = "kernel.sysrq"
DANGEROUS = {8: "dumps of memory and registers", 64: "killing of processes"}
"""Bits that do more than show, sync and restart (Documentation/admin-guide/sysrq.rst)."""


def check(kernel: KernelState) -> Outcome:
    """1 opens all; otherwise the bits count."""
    match sysctl(kernel, NAME):
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(""):
            return NotApplicable(why="this kernel was built without the magic keys")
        case Known(value) if not value.isascii() or not value.isdecimal():
            return Undecided(why=f"{NAME} is {value!r}, which is no number")
        case Known(value):
            bits = int(value)
            opened = [said for bit, said in DANGEROUS.items() if bits == 1 or bits & bit]
            if not opened:
                return Holds()
            return Broken(
                because=f"the console's keys command {', '.join(opened)}", at=place_of(NAME), evidence=(f"{NAME} = {bits}",)
            )
