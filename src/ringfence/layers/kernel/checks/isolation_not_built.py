"""The kernel lacks a means that containers are made of.

A container is what namespaces, control groups and seccomp leave a process. Where one is not built in, the engine starts
the container without it or says so only in its log: no seccomp filter at all, no limit on processes or memory, devices
open to whoever makes a node.

A kernel that runs no containers needs none of them.
"""

from ringfence.layers.kernel.facts import Defences
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="isolation-not-built",
    severity="medium",
    kind="misconfiguration",
    remedy="Use a kernel built with the options named; every distribution's is.",
    references=(
        "https://man7.org/linux/man-pages/man7/namespaces.7.html",
        "https://github.com/moby/moby/blob/master/contrib/check-config.sh",
    ),
)

MEANS = (
    (("CONFIG_SECCOMP_FILTER",), "no system call filter can be set: every container reaches the whole kernel"),
    (("CONFIG_PID_NS",), "containers see and signal the host's processes"),
    (("CONFIG_NET_NS",), "containers use the host's network"),
    (("CONFIG_IPC_NS",), "containers share the host's System V objects and message queues"),
    (("CONFIG_UTS_NS",), "containers share the host's name"),
    (("CONFIG_CGROUP_PIDS",), "no limit keeps a container from making processes without end"),
    (("CONFIG_MEMCG",), "no limit keeps a container from taking all memory"),
    (("CONFIG_CGROUP_DEVICE", "CONFIG_CGROUP_BPF"), "who may make a device node has the device"),
)
"""Options, any of which gives the means, and what its lack does."""

GRAVE = frozenset({"CONFIG_SECCOMP_FILTER", "CONFIG_PID_NS", "CONFIG_CGROUP_DEVICE"})


def check(defences: Defences) -> Outcome:
    """Those missing; high where a wall is missing rather than a limit."""
    match defences.config:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(options):
            missing = [(names[0], why) for names, why in MEANS if not any(name in options for name in names)]
            if not missing:
                return Holds()
            return Broken(
                because=f"built without {', '.join(name for name, _ in missing)}",
                evidence=tuple(f"{name}: {why}" for name, why in missing),
                severity=Severity.HIGH if GRAVE & {name for name, _ in missing} else None,
            )
