"""Any user may make a user namespace.

In a user namespace of one's own one holds every capability over it, and with them reaches kernel code that was
written for root alone: nf_tables, traffic control, overlayfs, fs_context. Most of the kernel exploits handed in to
Google's kernelCTF begin with this step, and so do CVE-2022-0185, CVE-2023-32233 and CVE-2024-1086. An attacker in a
container whose filter lets `unshare` or `clone` through can try any such bug to become root of the host.

It is wanted where rootless containers, build sandboxes or a browser's sandbox run on the host itself. Then limit it
to those programs (AppArmor's `userns` rule), and leave the system calls out of the seccomp profiles of containers.
"""

from ringfence.layers.kernel.facts import built_with, place_of, sysctl
from ringfence.model.component import KernelState
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown, known_or
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="user-namespaces-open-to-all",
    severity="medium",
    kind="misconfiguration",
    remedy=(
        "Set `user.max_user_namespaces = 0` in /etc/sysctl.d/60-ringfence.conf (on Debian kernels "
        "`kernel.unprivileged_userns_clone = 0`, on Ubuntu `kernel.apparmor_restrict_unprivileged_userns = "
        "1`) and run `sysctl --system`."
    ),
    references=(
        "https://man7.org/linux/man-pages/man7/user_namespaces.7.html",
        "https://google.github.io/security-research/kernelctf/rules.html",
    ),
)

LIMIT = "user.max_user_namespaces"

CLOSED_BY = {
    LIMIT: "0",
    "kernel.unprivileged_userns_clone": "0",
    "kernel.apparmor_restrict_unprivileged_userns": "1",
}
"""The value with which each sysctl closes them. The first is mainline's (4.9), the second Debian's, the third Ubuntu's."""


def check(kernel: KernelState) -> Outcome:
    """Open unless the kernel has no user namespaces or one of the three sysctls closes them."""
    has = built_with(kernel, "CONFIG_USER_NS")
    if has == Known(False):
        return NotApplicable(why="this kernel is built without user namespaces")
    values = {name: sysctl(kernel, name) for name in CLOSED_BY}
    if any(value == Known(CLOSED_BY[name]) for name, value in values.items()):
        return Holds()
    unread = [value.reason for value in values.values() if isinstance(value, Unknown)]
    if unread:
        return Undecided(why=unread[0])
    if values[LIMIT] == Known("") and has != Known(True):
        # Either a kernel before 4.9, which had no limit, or one without user namespaces.
        return Undecided(why=f"this kernel has no {LIMIT}, and its build configuration does not tell why")
    return Broken(
        because="no sysctl keeps users without privilege from making user namespaces",
        at=place_of(LIMIT),
        evidence=tuple(f"{name} = {known_or(value, '') or '(not there)'}" for name, value in values.items()),
    )
