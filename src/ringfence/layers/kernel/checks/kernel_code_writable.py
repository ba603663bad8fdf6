"""The kernel's own code and constants can be overwritten.

With strict permissions the kernel's text is read-only and its data not executable, so that a single stray write does not
become code of the attacker's. Built without them, or started with `rodata=off`, one write anywhere is enough.

It is wanted for nothing but debugging the kernel itself.
"""

from ringfence.layers.kernel.facts import Defences, boot_values
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="kernel-code-writable",
    severity="high",
    kind="misconfiguration",
    remedy=(
        "Use a kernel built with CONFIG_STRICT_KERNEL_RWX and CONFIG_STRICT_MODULE_RWX, and take `rodata=off` out of the "
        "boot parameters."
    ),
    references=("https://docs.kernel.org/security/self-protection.html#strict-kernel-memory-permissions",),
)

NAMES = (("CONFIG_STRICT_KERNEL_RWX", "CONFIG_DEBUG_RODATA"), ("CONFIG_STRICT_MODULE_RWX", "CONFIG_DEBUG_SET_MODULE_RONX"))
"""Each option with its name before Linux 4.11."""


def check(defences: Defences) -> Outcome:
    """Both options (the second only with modules), and no parameter that takes them back."""
    if isinstance(defences.boot, Known) and boot_values(defences.boot.value).get("rodata") in ("off", "0"):
        return Broken(because="rodata=off was given at boot", at=Location(path="/proc/cmdline", field="rodata"))
    match defences.config:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(options):
            wanted = NAMES if "CONFIG_MODULES" in options else NAMES[:1]
            missing = [names[0] for names in wanted if not any(name in options for name in names)]
            if missing:
                return Broken(because=f"the kernel was built without {' and '.join(missing)}")
            return Holds() if isinstance(defences.boot, Known) else Undecided(why=defences.boot.reason)
