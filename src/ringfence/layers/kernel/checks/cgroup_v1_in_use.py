"""The first version of control groups is in use.

A version 1 hierarchy has `release_agent`: a program that the kernel starts on the host as root, named in a file. Who
may mount or write such a hierarchy from a container has the host (CVE-2022-0492, and by design with CAP_SYS_ADMIN).
Version 2 has nothing of the kind. Kubernetes and systemd have begun to drop version 1.

It is wanted where old software insists on it: Java before 8u372, old container engines.
"""

from ringfence.model.component import KernelState
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="cgroup-v1-in-use",
    severity="low",
    kind="misconfiguration",
    remedy="Boot with `systemd.unified_cgroup_hierarchy=1`, or mount cgroup2 alone on /sys/fs/cgroup.",
    references=(
        "https://man7.org/linux/man-pages/man7/cgroups.7.html",
        "https://kubernetes.io/docs/concepts/architecture/cgroups/",
    ),
)


def check(kernel: KernelState) -> Outcome:
    """Hybrid hosts have both, and with it the dangerous one."""
    match kernel.cgroups:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known("v1" | "hybrid" as mode):
            return Broken(
                because=f"cgroup hierarchies of version 1 are mounted ({mode})", at=Location(path="/sys/fs/cgroup")
            )
        case Known(_):
            return Holds()
