"""Root may change the running kernel.

Lockdown keeps even root from writing the kernel's memory, loading unsigned modules or another kernel. Without it, whoever
escapes from a container as root hides in the kernel and outlives the cleaning of the disk.

It is not wanted where modules are built on the machine (NVIDIA, DKMS without a key of one's own) or the system
hibernates. Without secure boot it can be switched off at the next start, and so protects only the running kernel.
"""

from ringfence.layers.kernel.facts import Defences
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="lockdown-off",
    severity="low",
    kind="misconfiguration",
    remedy="Add `lockdown=integrity` to the boot parameters, or switch secure boot on.",
    references=("https://man7.org/linux/man-pages/man7/kernel_lockdown.7.html",),
)


def check(defences: Defences) -> Outcome:
    """By the kernel's own word."""
    match defences.lockdown:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known("none"):
            return Broken(because="lockdown is off", at=Location(path="/sys/kernel/security/lockdown"))
        case Known(_):
            return Holds()
