"""Protocols that hardly anyone uses are a socket call away.

The kernel loads the module of a protocol when anybody, a container without any capability among them, asks for a socket
of it. DCCP, SCTP, RDS, TIPC and the amateur-radio protocols are large, rarely read and rarely needed, and each has given
root to users without privilege (CVE-2017-6074, CVE-2019-8956, CVE-2019-11815, CVE-2021-43267, CVE-2022-2585).

SCTP is used by telephony (Diameter, S1AP), CAN by cars and robots, TIPC by a few clusters.
"""

from ringfence.layers.kernel.facts import sysctl
from ringfence.model.component import KernelState
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="rare-protocols-loadable",
    severity="medium",
    kind="misconfiguration",
    remedy=(
        "Write `install NAME /bin/false` for each of them to /etc/modprobe.d/ringfence.conf. `blacklist` is enough only "
        "against loading by alias."
    ),
    references=("https://man7.org/linux/man-pages/man5/modprobe.d.5.html", "https://docs.kernel.org/networking/index.html"),
)

RARE = ("appletalk", "atm", "ax25", "can", "dccp", "ieee802154_socket", "llc2", "netrom", "nfc", "phonet", "rds", "rose")
RARE_BUT_USED = ("sctp", "tipc", "x25", "vsock_loopback", "l2tp_ppp", "mctp", "kcm")
"""Modules by the kernel's name, from net/*/Makefile and their MODULE_ALIAS_NETPROTO (Linux 6.12)."""

SWITCH = "kernel.modules_disabled"
PLACE = Location(path="/etc/modprobe.d")


def check(kernel: KernelState) -> Outcome:
    """Those on disk that modprobe is not told to refuse; a module already loaded is somebody's choice."""
    if sysctl(kernel, SWITCH) in (Known(""), Known("1")):
        return NotApplicable(why="no module can be loaded any more")
    match kernel.module_files, kernel.barred_modules:
        case (Unknown(reason), _) | (_, Unknown(reason)):
            return Undecided(why=reason)
        case Known(files), Known(barred):
            loaded = kernel.modules.value if isinstance(kernel.modules, Known) else ()
            left = sorted({*RARE, *RARE_BUT_USED} & {*files} - {*barred} - {*loaded})
            if not left:
                return Holds()
            return Broken(because=f"any user can have {len(left)} rare protocols loaded: {', '.join(left)}", at=PLACE)
