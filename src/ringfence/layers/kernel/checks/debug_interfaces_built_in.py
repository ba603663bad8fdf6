"""Interfaces for debugging the kernel are built into it.

They show or change what nobody but the kernel's developers should: layout of memory, faults injected on purpose, page
tables. /sys/kernel/debug needs root, but not much more, and a container that has /sys mounted writable has it too.

Tracing tools need debugfs or tracefs; fault injection is for test machines alone.
"""

from ringfence.layers.kernel.facts import Defences, boot_values
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="debug-interfaces-built-in",
    severity="low",
    kind="misconfiguration",
    remedy="Boot with `debugfs=off` (tracefs stays), and use no kernel built for testing in production.",
    references=("https://docs.kernel.org/filesystems/debugfs.html", "https://kspp.github.io/Recommended_Settings"),
)

TESTING = {
    "CONFIG_FAULT_INJECTION": "faults on request",
    "CONFIG_KCOV": "a record of what a system call ran through",
    "CONFIG_HWPOISON_INJECT": "pages declared broken on request",
    "CONFIG_MMIOTRACE_TEST": "writes to device memory",
    "CONFIG_EFI_TEST": "writes to the firmware's variables",
    "CONFIG_VIDEO_VIVID": "a test driver that has had holes of its own (CVE-2019-18683)",
    "CONFIG_PROVIDE_OHCI1394_DMA_INIT": "all memory to whoever plugs in a FireWire cable",
}
SHOWING = {
    "CONFIG_PTDUMP_DEBUGFS": "the kernel's page tables",
    "CONFIG_PAGE_OWNER": "who allocated which page",
    "CONFIG_DEBUG_KMEMLEAK": "addresses of the kernel's objects",
}
"""Options and what they give; the second kind only through debugfs."""


def check(defences: Defences) -> Outcome:
    """What is for test machines is worse than what shows through debugfs."""
    match defences.config, defences.boot:
        case (Unknown(reason), _) | (_, Unknown(reason)):
            return Undecided(why=reason)
        case Known(options), Known(words):
            closed = boot_values(words).get("debugfs") == "off" or "CONFIG_DEBUG_FS_ALLOW_NONE" in options
            testing = {name: why for name, why in TESTING.items() if name in options}
            showing = {} if closed else {name: why for name, why in SHOWING.items() if name in options}
            debugfs = {} if closed or "CONFIG_DEBUG_FS" not in options else {"CONFIG_DEBUG_FS": "/sys/kernel/debug"}
            found = testing | showing | debugfs
            if not found:
                return Holds()
            return Broken(
                because=f"built with {', '.join(found)}",
                at=Location(field=next(iter(found))),
                evidence=tuple(f"{name}: {why}" for name, why in found.items()),
                severity=Severity.MEDIUM if testing else None,
            )
