"""A container is privileged.

A privileged container has every capability, every device of the host, no seccomp filter and no hidden paths: what is left
between it and the host is a mount namespace. Whoever gets code to run in it mounts the host's disk, loads a kernel module or
writes `/proc/sys/kernel/core_pattern`, and is root on the host within seconds.

It is legitimate for a few node agents that set up the host itself (storage and network drivers, some of them); most of these
work with one or two capabilities and a mount instead.
"""

from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided
from ringfence.model.workload import Workload

CHECK = Check(
    slug="privileged-container",
    severity="critical",
    kind="misconfiguration",
    remedy="Drop `--privileged` (pod: `securityContext.privileged: false`) and grant the one capability or device it needs.",
    references=(
        "https://kubernetes.io/docs/concepts/security/pod-security-standards/",
        "https://docs.docker.com/reference/cli/docker/container/run/#privileged",
    ),
    aliases=("CIS-Docker-5.5",),
)


def check(subject: Workload) -> Outcome:
    """Whether the engine was told to hold nothing back."""
    match subject.confinement.privileged:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(False):
            return Holds()
        case Known():
            return Broken(
                because="it runs privileged: all capabilities, all devices, no system call filter",
                at=subject.confinement.at("privileged"),
            )
