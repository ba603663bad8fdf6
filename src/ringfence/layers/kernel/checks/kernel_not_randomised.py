"""The kernel lies at the same address at every start.

Exploits of the kernel need to know where its code is. Randomised (KASLR), they have to learn it first by a second hole;
without, the address is in the distribution's package.

It is wanted while the kernel is debugged; a crash kernel (kdump) works with it.
"""

from ringfence.layers.kernel.facts import Defences, boot_values, built_with
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="kernel-not-randomised",
    severity="medium",
    kind="misconfiguration",
    remedy="Take `nokaslr` out of the boot parameters; use a kernel built with CONFIG_RANDOMIZE_BASE.",
    references=("https://docs.kernel.org/security/self-protection.html#kernel-address-space-layout-randomization-kaslr",),
)

WITH_KASLR = ("x86_64", "aarch64", "s390x", "i686", "")
"""Architectures on which distributions build it (arch/*/Kconfig `RANDOMIZE_BASE`)."""


def check(defences: Defences) -> Outcome:
    """By the build option and the boot parameter that takes it back."""
    if defences.architecture not in WITH_KASLR:
        return NotApplicable(why=f"kernels for {defences.architecture} are not randomised")
    if isinstance(defences.boot, Known) and "nokaslr" in boot_values(defences.boot.value):
        return Broken(because="nokaslr was given at boot", at=Location(path="/proc/cmdline", field="nokaslr"))
    match built_with(defences, "CONFIG_RANDOMIZE_BASE"), defences.boot:
        case Known(False), _:
            return Broken(because="the kernel was built without CONFIG_RANDOMIZE_BASE")
        case (Unknown(reason), _) | (_, Unknown(reason)):
            return Undecided(why=reason)
        case _:
            return Holds()
