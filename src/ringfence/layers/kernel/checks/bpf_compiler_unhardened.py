"""The BPF compiler does not blind constants.

The compiler turns filters into machine code, and with it constants that an attacker chose. Without blinding, such
constants can be jumped into as code (JIT spraying). Socket filters and seccomp filters are compiled too, and those
are open to everyone.

It costs some speed of filters, which is why it is off unless asked for.
"""

from ringfence.layers.kernel.facts import place_of, sysctl
from ringfence.model.component import KernelState
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="bpf-compiler-unhardened",
    severity="low",
    kind="misconfiguration",
    remedy="Set `net.core.bpf_jit_harden = 2` in /etc/sysctl.d/60-ringfence.conf and run `sysctl --system`.",
    references=("https://docs.kernel.org/admin-guide/sysctl/net.html#bpf-jit-harden",),
)

NAME = "net.core.bpf_jit_harden"


def check(kernel: KernelState) -> Outcome:
    """By the one sysctl."""
    match sysctl(kernel, NAME):
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(""):
            return NotApplicable(why="this kernel has no compiler for BPF programs")
        case Known("0"):
            return Broken(
                because="constants in compiled BPF programs are not blinded", at=place_of(NAME), evidence=(f"{NAME} = 0",)
            )
        case Known(_):
            return Holds()
