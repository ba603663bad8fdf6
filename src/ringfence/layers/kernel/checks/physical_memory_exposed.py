"""Memory and registers of the machine can be read or written as files.

/dev/mem, /dev/kmem, /proc/kcore and the model-specific registers under /dev/cpu give root, and a container that was given
such a device with CAP_SYS_RAWIO, the kernel's own memory: no signature, lockdown or policy holds after that.

Some debuggers and hardware tools need them. Lockdown in the mode `confidentiality` closes all of them at once.
"""

from ringfence.layers.kernel.facts import Defences
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="physical-memory-exposed",
    severity="low",
    kind="misconfiguration",
    remedy="Boot with `lockdown=confidentiality`, or use a kernel built without the options named.",
    references=(
        "https://man7.org/linux/man-pages/man4/mem.4.html",
        "https://man7.org/linux/man-pages/man7/kernel_lockdown.7.html",
    ),
)

DOORS = (
    ("CONFIG_DEVKMEM", "", "/dev/kmem is the kernel's memory"),
    ("CONFIG_DEVMEM", "CONFIG_STRICT_DEVMEM", "/dev/mem is all of the machine's memory"),
    ("CONFIG_DEVPORT", "", "/dev/port speaks to every device"),
    ("CONFIG_PROC_KCORE", "", "/proc/kcore is the kernel's memory, for reading"),
    ("CONFIG_X86_MSR", "", "/dev/cpu/N/msr writes registers that say where the kernel is entered"),
    ("CONFIG_ACPI_CUSTOM_METHOD", "", "ACPI code of one's own writes anywhere"),
)
"""Options that open a door, the option that closes it again if there is one, and what lies behind."""

READING = frozenset({"CONFIG_PROC_KCORE"})
"""Doors that only `confidentiality` closes; `integrity` closes the others (security/security.c `lockdown_reasons`)."""


def check(defences: Defences) -> Outcome:
    """Doors built in that lockdown leaves open."""
    match defences.config, defences.lockdown:
        case _, Known("confidentiality"):
            return Holds()
        case (Unknown(reason), _) | (_, Unknown(reason)):
            return Undecided(why=reason)
        case Known(options), Known(mode):
            opened = [(name, why) for name, closed, why in DOORS if name in options and closed not in options]
            left = [(name, why) for name, why in opened if mode == "none" or name in READING]
            if not left:
                return Holds()
            return Broken(
                because=f"built with {', '.join(name for name, _ in left)}, and lockdown is {mode}",
                evidence=tuple(f"{name}: {why}" for name, why in left),
            )
