"""Any user may have line disciplines of terminals loaded.

A line discipline is a module for old serial protocols. With `dev.tty.ldisc_autoload` at 1 every user loads one by naming
it on a terminal of his own, and their code is old and rarely read: CVE-2017-2636 (n_hdlc) and CVE-2023-6546 (n_gsm) gave
root to whoever could open a terminal, which is everybody in a container.

It is wanted where a user without privilege drives a serial device.
"""

from ringfence.layers.kernel.facts import place_of, sysctl
from ringfence.model.component import KernelState
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="line-disciplines-autoloaded",
    severity="low",
    kind="misconfiguration",
    remedy="Set `dev.tty.ldisc_autoload = 0` in /etc/sysctl.d/60-ringfence.conf and run `sysctl --system`.",
    references=(
        "https://docs.kernel.org/admin-guide/sysctl/kernel.html",
        "https://nvd.nist.gov/vuln/detail/CVE-2023-6546",
    ),
)

NAME = "dev.tty.ldisc_autoload"
SWITCH = "kernel.modules_disabled"


def check(kernel: KernelState) -> Outcome:
    """By the one sysctl (since Linux 5.1), where there are modules to load at all."""
    if sysctl(kernel, SWITCH) == Known(""):
        return NotApplicable(why="this kernel was built without loadable modules")
    match sysctl(kernel, NAME):
        case Unknown(reason):
            return Undecided(why=reason)
        case Known("1"):
            return Broken(
                because="line disciplines are loaded for any user who names one",
                at=place_of(NAME),
                evidence=(f"{NAME} = 1",),
            )
        case Known(""):
            return Broken(because="line disciplines are loaded for any user, and this kernel has no switch for it")
        case Known(_):
            return Holds()
