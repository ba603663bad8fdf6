"""Devices may read and write all memory.

A network card, a disk controller or a graphics card moves data by itself. Without an IOMMU, or with it passed through,
a device that is malicious, was given to a container (SR-IOV, GPU) or has broken firmware reaches the kernel's memory.

Virtual machines mostly have none, and leave it to the host below; a machine without untrusted devices or drivers in user
space loses some network speed by it.
"""

from ringfence.layers.kernel.facts import Defences, boot_values
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="devices-reach-all-memory",
    severity="low",
    kind="misconfiguration",
    remedy="Take `iommu=off`, `iommu=pt` and `intel_iommu=off` out of the boot parameters; give `iommu.strict=1`.",
    references=("https://docs.kernel.org/admin-guide/kernel-parameters.html",),
)

UNITS = ("CONFIG_INTEL_IOMMU", "CONFIG_AMD_IOMMU", "CONFIG_ARM_SMMU", "CONFIG_ARM_SMMU_V3")
OFF = {"iommu": ("off", "pt", "soft"), "intel_iommu": ("off",), "amd_iommu": ("off",), "iommu.passthrough": ("1", "on", "y")}
"""Parameters that leave devices unwatched (Documentation/admin-guide/kernel-parameters.txt)."""


def check(defences: Defences) -> Outcome:
    """By parameters first, then by the default the kernel was built with."""
    match defences.config, defences.boot:
        case (Unknown(reason), _) | (_, Unknown(reason)):
            return Undecided(why=reason)
        case Known(options), Known(words):
            if not any(name in options for name in UNITS):
                return NotApplicable(why="this kernel was built for machines without an IOMMU")
            given = boot_values(words)
            found = [f"{name}={given[name]}" for name, values in OFF.items() if given.get(name) in values]
            if found:
                return Broken(
                    because=f"given at boot: {', '.join(found)}", at=Location(path="/proc/cmdline", field=found[0])
                )
            if "CONFIG_IOMMU_DEFAULT_PASSTHROUGH" in options and given.get("iommu.passthrough") is None:
                return Broken(because="the kernel was built with CONFIG_IOMMU_DEFAULT_PASSTHROUGH")
            return Holds()
