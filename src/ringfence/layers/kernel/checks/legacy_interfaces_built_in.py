"""Interfaces of the past are open to every program.

Old system calls and formats are code that is rarely tested and in reach of any container: 32-bit calls go by other
numbers, so that a filter that forgets an architecture lets them through; `modify_ldt`, the x32 calls and the vsyscall
page exist for programs of before 2010.

32-bit programs need IA32_EMULATION (games, some printers' drivers); Wine needs MODIFY_LDT_SYSCALL.
"""

from ringfence.layers.kernel.facts import Defences, boot_values
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="legacy-interfaces-built-in",
    severity="low",
    kind="misconfiguration",
    remedy=(
        "Boot with `ia32_emulation=0 vsyscall=none` (32-bit calls can be switched off since Linux 6.7), and deny the rest "
        "in seccomp profiles."
    ),
    references=(
        "https://docs.kernel.org/admin-guide/kernel-parameters.html",
        "https://kspp.github.io/Recommended_Settings",
    ),
)

OLD = {
    "CONFIG_IA32_EMULATION": "32-bit system calls, by other numbers than a filter for 64 bits knows",
    "CONFIG_X86_X32_ABI": "x32 system calls",
    "CONFIG_X86_X32": "x32 system calls",
    "CONFIG_MODIFY_LDT_SYSCALL": "segments of a program's own (modify_ldt)",
    "CONFIG_USELIB": "libraries loaded by a system call (uselib)",
    "CONFIG_BINFMT_AOUT": "programs of before 1995 (a.out)",
    "CONFIG_LEGACY_VSYSCALL_EMULATE": "a readable page of code at a fixed address in every program",
    "CONFIG_COMPAT_BRK": "the heap at a foreseeable address",
    "CONFIG_COMPAT_VDSO": "the vDSO at a foreseeable address",
    "CONFIG_OABI_COMPAT": "ARM's old binary interface",
}
"""Options that keep something old, with what it is. Source: KSPP's recommended settings and the options' help texts."""


def check(defences: Defences) -> Outcome:
    """Those built in, unless a boot parameter closes them."""
    match defences.config:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(options):
            found = {name: why for name, why in OLD.items() if name in options}
    if not found:
        return Holds()
    match defences.boot:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(words):
            given = boot_values(words)
    if given.get("ia32_emulation", "1") in ("0", "off", "n") or "CONFIG_IA32_EMULATION_DEFAULT_DISABLED" in options:
        found.pop("CONFIG_IA32_EMULATION", "")
    if given.get("vsyscall") in ("none", "xonly"):
        found.pop("CONFIG_LEGACY_VSYSCALL_EMULATE", "")
    if not found:
        return Holds()
    return Broken(because=f"built with {', '.join(found)}", evidence=tuple(f"{name}: {why}" for name, why in found.items()))
