"""Addresses of the kernel are shown.

Where the kernel's code and data lie in memory is random at each start, and an exploit has to learn it first. With
`kernel.kptr_restrict` at 0, /proc/kallsyms shows it to everyone who may profile the kernel, and to every process with
CAP_SYSLOG, a container's too.

It is wanted while the kernel itself is debugged or profiled.
"""

from ringfence.layers.kernel.facts import place_of, sysctl
from ringfence.model.component import KernelState
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.knowledge import Known, Unknown, known_or
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="kernel-pointers-exposed",
    severity="low",
    kind="misconfiguration",
    remedy="Set `kernel.kptr_restrict = 2` in /etc/sysctl.d/60-ringfence.conf and run `sysctl --system`.",
    references=("https://docs.kernel.org/admin-guide/sysctl/kernel.html#kptr-restrict",),
)

NAME = "kernel.kptr_restrict"
PROFILING = "kernel.perf_event_paranoid"


def check(kernel: KernelState) -> Outcome:
    """Medium if profiling is open too, for then /proc/kallsyms shows addresses to everyone (kernel/ksyms_common.c, 4.15)."""
    match sysctl(kernel, NAME):
        case Unknown(reason):
            return Undecided(why=reason)
        case Known("0"):
            profiling = sysctl(kernel, PROFILING)
            open_to_all = isinstance(profiling, Known) and profiling.value in ("-1", "0", "1")
            return Broken(
                because="the kernel shows its addresses in /proc/kallsyms and elsewhere",
                at=place_of(NAME),
                evidence=(f"{NAME} = 0", f"{PROFILING} = {known_or(profiling, 'unknown')}"),
                severity=Severity.MEDIUM if open_to_all else None,
            )
        case Known(""):
            return Undecided(why=f"this kernel has no {NAME} (before 2.6.38), and nothing else tells what it shows")
        case Known(_):
            return Holds()
