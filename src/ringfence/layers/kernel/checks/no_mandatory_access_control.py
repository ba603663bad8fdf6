"""No security module enforces a policy.

AppArmor or SELinux is what remains when a process in a container has become root and its capabilities and filter let
it through: it still must not touch the host's files. SELinux' policy on Red Hat's systems stopped CVE-2019-5736,
which overwrote the host's runc from within a container.

A kernel of one's own for a single purpose may do without, where virtual machines are the wall between workloads.
"""

from ringfence.model.component import KernelState
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="no-mandatory-access-control",
    severity="medium",
    kind="misconfiguration",
    remedy=(
        "Switch on what the distribution uses: AppArmor on Debian, Ubuntu and SUSE (boot parameters "
        "`apparmor=1 security=apparmor`), SELinux on Red Hat and its kin (`selinux=1`)."
    ),
    references=(
        "https://docs.kernel.org/admin-guide/LSM/index.html",
        "https://access.redhat.com/security/cve/CVE-2019-5736",
    ),
)

POLICY = frozenset({"apparmor", "selinux", "smack", "tomoyo"})


def check(kernel: KernelState) -> Outcome:
    """Landlock, Yama and lockdown are no policy over all processes."""
    match kernel.lsms:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(modules) if POLICY & set(modules):
            return Holds()
        case Known(modules):
            return Broken(
                because="neither AppArmor nor SELinux runs in this kernel",
                at=Location(path="/sys/kernel/security/lsm"),
                evidence=(f"security modules: {', '.join(modules) or 'none'}",),
            )
