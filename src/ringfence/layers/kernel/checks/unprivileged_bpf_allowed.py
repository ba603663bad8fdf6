"""Any user may load eBPF programs.

The verifier decides alone whether such a program may run inside the kernel, and a mistake in it gives the program's
author the whole machine (CVE-2020-8835, CVE-2021-3490, CVE-2022-23222). It also makes speculative attacks on the
kernel's memory far easier.

Hardly anything needs it: tools that use eBPF run as root or with CAP_BPF.
"""

from ringfence.layers.kernel.facts import place_of, sysctl
from ringfence.model.component import KernelState
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="unprivileged-bpf-allowed",
    severity="high",
    kind="misconfiguration",
    remedy=("Set `kernel.unprivileged_bpf_disabled = 1` in /etc/sysctl.d/60-ringfence.conf and run `sysctl --system`."),
    references=("https://docs.kernel.org/admin-guide/sysctl/kernel.html#unprivileged-bpf-disabled",),
)

NAME = "kernel.unprivileged_bpf_disabled"


def check(kernel: KernelState) -> Outcome:
    """By the one sysctl."""
    match sysctl(kernel, NAME):
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(""):
            return NotApplicable(why="this kernel has no bpf system call for users without privilege")
        case Known("0"):
            return Broken(
                because="the bpf system call is open to users without CAP_BPF", at=place_of(NAME), evidence=(f"{NAME} = 0",)
            )
        case Known(_):
            return Holds()
