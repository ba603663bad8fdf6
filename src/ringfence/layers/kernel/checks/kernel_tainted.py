"""The kernel runs code that its makers do not answer for, or has failed already.

A tainted kernel says why: a module loaded by force or without signature, one from outside the kernel's sources, a fault
that it survived. What was forced in may be an attacker's; a kernel that has failed holds locks and counters that no
longer are what they should be.

Modules of hardware makers (NVIDIA, ZFS) taint it in the ordinary course.
"""

from ringfence.layers.kernel.facts import Facts
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="kernel-tainted",
    severity="low",
    kind="integrity",
    remedy="Find out from `dmesg` which module or fault it was; reboot a kernel that has failed.",
    references=("https://docs.kernel.org/admin-guide/tainted-kernels.html",),
)

GRAVE = {1: "a module was loaded by force", 3: "a module was unloaded by force", 7: "the kernel has died once (oops or BUG)"}
LIGHT = {
    0: "a proprietary module is loaded",
    4: "the processor reported a machine check",
    5: "a bad page was met",
    8: "an ACPI table was overridden",
    9: "the kernel has warned",
    12: "a module from outside the kernel's sources is loaded",
    13: "a module without signature is loaded",
    14: "a soft lockup occurred",
    18: "an in-kernel test was run",
}
"""Bits of `kernel.tainted`. Live patches (15) and staging drivers (10) say nothing of an attack and are left out."""


def check(facts: Facts) -> Outcome:
    """By the bits."""
    match facts.taint:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(bits):
            grave = [said for bit, said in GRAVE.items() if bits >> bit & 1]
            light = [said for bit, said in LIGHT.items() if bits >> bit & 1]
            if not grave and not light:
                return Holds()
            return Broken(
                because="; ".join(grave + light),
                at=Location(path="/proc/sys/kernel/tainted"),
                evidence=(f"kernel.tainted = {bits}",),
                severity=Severity.MEDIUM if grave else None,
            )
