"""Counter measures against weaknesses of the processor were switched off at boot.

With them off a process reads memory of the kernel and of other containers on the same core through the side effects of
speculation. The processor's own state is the check `unmitigated-cpu-vulnerability`; this is the choice behind it, which
also holds on processors whose weakness is found later.

It is wanted where a single trusted workload has the machine and the last percent of speed counts.
"""

from ringfence.layers.kernel.facts import Defences, boot_values
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="speculation-mitigations-disabled",
    severity="medium",
    kind="misconfiguration",
    remedy="Take the parameters named out of the boot loader's configuration and reboot.",
    references=(
        "https://docs.kernel.org/admin-guide/hw-vuln/index.html",
        "https://docs.kernel.org/admin-guide/kernel-parameters.html",
    ),
)

BARE = ("nopti", "nospectre_v1", "nospectre_v2", "nospectre_bhb", "nospec_store_bypass_disable", "dis_ucode_ldr")
OFF = (
    *(
        "mitigations",
        "pti",
        "kpti",
        "spectre_v2",
        "spectre_v2_user",
        "spectre_bhi",
        "spec_store_bypass_disable",
        "ssbd",
        "l1tf",
    ),
    *("mds", "tsx_async_abort", "mmio_stale_data", "retbleed", "spec_rstack_overflow", "gather_data_sampling", "srbds"),
    *(
        "reg_file_data_sampling",
        "indirect_target_selection",
        "tsa",
        "vmscape",
        "kvm_intel.vmentry_l1d_flush",
        "kvm.nx_huge_pages",
    ),
)
"""Parameters that switch a measure off by their presence, and those that do so with the value `off` (or `never`).

Source: Documentation/admin-guide/kernel-parameters.txt (Linux 6.12 to 6.18).
"""

ALL = "mitigations=off"


def check(defences: Defences) -> Outcome:
    """Any of them; `mitigations=off`, which means all, is worse."""
    match defences.boot:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(words):
            given = boot_values(words)
            found = [name for name in BARE if name in given]
            found += [f"{name}={given[name]}" for name in OFF if given.get(name) in ("off", "never", "force-off")]
            if not found:
                return Holds()
            return Broken(
                because=f"given at boot: {', '.join(found)}",
                at=Location(path="/proc/cmdline", field=found[0]),
                severity=Severity.HIGH if ALL in found else None,
            )
