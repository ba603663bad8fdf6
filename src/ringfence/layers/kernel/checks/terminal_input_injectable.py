"""A process may type into the terminal it was started from.

With the ioctl TIOCSTI a process puts characters into the input of its terminal, as if a person had typed them. A program
in a container that shares the terminal of the one who started it (`docker exec -it`, `kubectl exec` onto the node) so
gives commands to the shell outside once it ends.

It is wanted by some screen readers and by old mail programs.
"""

from ringfence.layers.kernel.facts import built_with, place_of, sysctl
from ringfence.model.component import KernelState
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="terminal-input-injectable",
    severity="low",
    kind="misconfiguration",
    remedy=(
        "Set `dev.tty.legacy_tiocsti = 0` in /etc/sysctl.d/60-ringfence.conf and run `sysctl --system`; before Linux 6.2 "
        "deny ioctl with the value 0x5412 in seccomp profiles."
    ),
    references=(
        "https://docs.kernel.org/admin-guide/sysctl/kernel.html",
        "https://man7.org/linux/man-pages/man2/TIOCSTI.2const.html",
    ),
)

NAME = "dev.tty.legacy_tiocsti"


def check(kernel: KernelState) -> Outcome:
    """By the sysctl, which came with Linux 6.2; before it every kernel with terminals had it."""
    match sysctl(kernel, NAME):
        case Unknown(reason):
            return Undecided(why=reason)
        case Known("1"):
            return Broken(because="TIOCSTI puts input into terminals", at=place_of(NAME), evidence=(f"{NAME} = 1",))
        case Known(""):
            if built_with(kernel, "CONFIG_TTY") == Known(False):
                return Holds()
            return Broken(
                because="TIOCSTI puts input into terminals, and this kernel has no switch for it", at=place_of(NAME)
            )
        case Known(_):
            return Holds()
