"""Any user may profile the kernel.

perf_event_open is a large interface with a record of exploitable bugs (CVE-2013-2094, CVE-2023-5717), and its
counters leak what the kernel and other processes do. Below 2, users without CAP_PERFMON may watch the kernel itself.

It is wanted on machines where developers profile. Debian and Ubuntu go further and know 3 and 4, which close it
altogether.
"""

from ringfence.layers.kernel.facts import place_of, sysctl
from ringfence.model.component import KernelState
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="perf-events-open-to-all",
    severity="low",
    kind="misconfiguration",
    remedy="Set `kernel.perf_event_paranoid = 2` in /etc/sysctl.d/60-ringfence.conf and run `sysctl --system`.",
    references=("https://docs.kernel.org/admin-guide/sysctl/kernel.html#perf-event-paranoid",),
)

NAME = "kernel.perf_event_paranoid"


def check(kernel: KernelState) -> Outcome:
    """2 is mainline's own default since Linux 4.6."""
    match sysctl(kernel, NAME):
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(""):
            return NotApplicable(why="this kernel has no performance events")
        case Known("-1" | "0" | "1" as value):
            return Broken(
                because="the kernel may be profiled without CAP_PERFMON", at=place_of(NAME), evidence=(f"{NAME} = {value}",)
            )
        case Known(_):
            return Holds()
