"""A protection of the kernel was switched off at boot.

One word on the command line undoes what the kernel was built with: its policy module, the wall between kernel and user
memory, cleared memory, checks of copies. Such words are often left over from a search for some other fault.

Each is legitimate while that search lasts.
"""

from ringfence.layers.kernel.facts import Defences, boot_values
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="protections-disabled-at-boot",
    severity="medium",
    kind="misconfiguration",
    remedy="Take the parameters named out of the boot loader's configuration and reboot.",
    references=("https://docs.kernel.org/admin-guide/kernel-parameters.html",),
)

BARE = {
    "nosmep": "the kernel may run code in user memory",
    "nosmap": "the kernel may read and write user memory unasked",
    "norandmaps": "programs lie at foreseeable addresses",
    "sysrq_always_enabled": "keys on the console command the kernel",
    "slub_merge": "objects of different kinds share a slab, which eases use after free",
    "slab_merge": "objects of different kinds share a slab, which eases use after free",
    "no_file_caps": "file capabilities are ignored, so programs need setuid root instead",
    "arm64.nobti": "branches may go anywhere",
    "arm64.nopauth": "return addresses are not signed",
    "arm64.nomte": "memory is not tagged",
}
VALUES = {
    "apparmor": (("0",), "AppArmor does not run"),
    "selinux": (("0",), "SELinux does not run"),
    "enforcing": (("0",), "SELinux only logs"),
    "hardened_usercopy": (("0", "off", "n"), "copies from and to user space are not checked"),
    "init_on_alloc": (("0", "off", "n"), "memory of the kernel is not cleared"),
    "randomize_kstack_offset": (("0", "off", "n"), "the kernel's stack lies at a foreseeable offset"),
    "module.sig_enforce": (("0", "n"), "unsigned modules are taken"),
    "bdev_allow_write_mounted": (("1", "on", "y"), "a mounted disk may be written behind the file system's back"),
    "kernel.unprivileged_bpf_disabled": (("0",), "every user may load BPF programs"),
    "vsyscall": (("emulate", "native"), "a page of code lies at a fixed address in every program"),
    "audit": (("0", "off"), "nothing is audited"),
}
"""Parameters by their presence or value, and what they undo. Source: Documentation/admin-guide/kernel-parameters.txt."""


def check(defences: Defences) -> Outcome:
    """Any of them."""
    match defences.boot:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(words):
            given = boot_values(words)
            found = {name: why for name, why in BARE.items() if name in given}
            found |= {f"{name}={given[name]}": why for name, (off, why) in VALUES.items() if given.get(name) in off}
            if not found:
                return Holds()
            return Broken(
                because=f"given at boot: {', '.join(found)}",
                at=Location(path="/proc/cmdline", field=next(iter(found))),
                evidence=tuple(f"{name}: {why}" for name, why in found.items()),
            )
