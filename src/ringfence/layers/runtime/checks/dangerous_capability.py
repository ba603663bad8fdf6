"""A container holds a capability that opens the host.

Root's power is split into capabilities, but some of the parts are nearly the whole: with one of these and an ordinary bug,
or with none, the holder gets out of the container or takes the node down. The finding names each and what it is good for.

In a user namespace of its own a capability counts only over what belongs to that namespace, which makes it far weaker. A
capability that only the bounding set has must first be picked up from a set-user-id file or one with file capabilities.
"""

from ringfence.layers.runtime.facts import granted_everything
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.linux import Capability
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided
from ringfence.model.workload import Workload

CHECK = Check(
    slug="dangerous-capability",
    severity="high",
    kind="misconfiguration",
    remedy="Start from `--cap-drop=all` and add back only what it needs"
    " (pod: `securityContext.capabilities.drop: [ALL]`, then `add`).",
    references=("https://man7.org/linux/man-pages/man7/capabilities.7.html",),
    aliases=("CIS-Docker-5.4",),
)

DANGEROUS = {
    Capability.CAP_SYS_ADMIN: (Severity.CRITICAL, "mounts, joins namespaces, loads BPF: most of root's power"),
    Capability.CAP_SYS_MODULE: (Severity.CRITICAL, "loads code into the kernel"),
    Capability.CAP_SYS_RAWIO: (Severity.CRITICAL, "writes to physical memory and I/O ports"),
    Capability.CAP_SYS_PTRACE: (
        Severity.HIGH,
        "reads and changes other processes; with the host's PID namespace, the host's",
    ),
    Capability.CAP_DAC_READ_SEARCH: (Severity.HIGH, "opens any file of a mounted file system by its handle"),
    Capability.CAP_BPF: (Severity.HIGH, "loads BPF programs into the kernel"),
    Capability.CAP_PERFMON: (Severity.MEDIUM, "observes kernel and other processes"),
    Capability.CAP_NET_ADMIN: (Severity.HIGH, "configures the network and reaches much kernel code with known holes"),
    Capability.CAP_SYS_BOOT: (Severity.HIGH, "reboots the host or loads another kernel"),
    Capability.CAP_SYS_TIME: (Severity.MEDIUM, "sets the host's clock"),
    Capability.CAP_SYSLOG: (Severity.MEDIUM, "reads kernel addresses and the kernel log"),
    Capability.CAP_MAC_ADMIN: (Severity.HIGH, "changes the policy of a security module"),
    Capability.CAP_MAC_OVERRIDE: (Severity.HIGH, "passes over the policy of a security module"),
    Capability.CAP_CHECKPOINT_RESTORE: (Severity.MEDIUM, "rewrites processes through checkpoint and restore"),
    Capability.CAP_AUDIT_CONTROL: (Severity.MEDIUM, "switches auditing off"),
}
"""What each is good for. Source: capabilities(7)."""


def check(subject: Workload) -> Outcome:
    """The dangerous ones among those it holds, or could pick up."""
    if granted_everything(subject):
        return NotApplicable(why="privileged says it all")
    match subject.confinement.capabilities:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(sets):
            held = _among(sets.effective | sets.permitted | sets.ambient | sets.inheritable)
            if held:
                return _broken(subject, held, f"it holds {_names(held)}", _severity(subject, held))
            reachable = _among(sets.bounding)
            if reachable and subject.confinement.no_new_privileges != Known(True):
                because = f"its bounding set lets a set-user-id file give it {_names(reachable)}"
                return _broken(subject, reachable, because, Severity.LOW)
            return Holds()


def _among(mask: int) -> tuple[Capability, ...]:
    return tuple(cap for cap in DANGEROUS if mask >> cap & 1)


def _names(found: tuple[Capability, ...]) -> str:
    return ", ".join(cap.name for cap in found)


def _severity(subject: Workload, held: tuple[Capability, ...]) -> Severity:
    if subject.confinement.maps_host_root == Known(False):
        return Severity.LOW
    return min((DANGEROUS[cap][0] for cap in held), key=lambda severity: severity.rank)


def _broken(subject: Workload, found: tuple[Capability, ...], because: str, severity: Severity) -> Broken:
    return Broken(
        because=because,
        at=subject.confinement.at("capabilities"),
        evidence=tuple(f"{cap.name}: {DANGEROUS[cap][1]}" for cap in found),
        severity=severity,
    )
