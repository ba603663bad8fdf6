"""Which devices a container's control group lets it open, read, write and make.

The rules are those of cgroup v1's device controller, which runtimes keep to on cgroup v2 too, where they make a BPF program
of them. Sources: Documentation/admin-guide/cgroup-v1/devices.rst and security/device_cgroup.c (Linux 6.12); OCI runtime
specification, config-linux.md "Allowed Device list"; runc 1.1 libcontainer/cgroups/devices/devices_emulator.go.
"""

from collections.abc import Iterable

from ringfence.model.fact import Fact

ANY = -1
"""A major or minor number that stands for every one."""


class DeviceRule(Fact):
    """`kind` is `c`, `b` or `a` (both), `access` some of `r`, `w` and `m` (make a node)."""

    kind: str
    major: int = ANY
    minor: int = ANY
    access: str = "rwm"
    allow: bool = True

    def fits(self, kind: str, major: int, minor: int) -> bool:
        """Whether it is about this device."""
        return self.kind in (kind, "a") and self.major in (major, ANY) and self.minor in (minor, ANY)

    def __str__(self) -> str:
        """As the kernel writes it: `c 10:229 rwm`."""
        major, minor = ("*" if number == ANY else str(number) for number in (self.major, self.minor))
        return f"{self.kind} {major}:{minor} {self.access}"


class DeviceAccess(Fact):
    """What holds after all rules: `everything` or nothing, but for the `exceptions`."""

    everything: bool = False
    exceptions: tuple[DeviceRule, ...] = ()

    def may(self, kind: str, major: int, minor: int, access: str) -> bool:
        """Whether the device may be used so: every letter of `access` at once."""
        about = [rule for rule in self.exceptions if rule.fits(kind, major, minor)]
        if self.everything:
            return not any(set(access) & set(rule.access) for rule in about)
        return any(set(access) <= set(rule.access) for rule in about)


def of_rules(rules: Iterable[DeviceRule]) -> DeviceAccess:
    """What holds when the rules have been written one after the other.

    One on all devices starts anew. Another adds to or takes from the exceptions of the same numbers; one that says what
    holds anyway changes nothing else.
    """
    everything = False
    exceptions: dict[tuple[str, int, int], str] = {}
    for rule in rules:
        key = (rule.kind, rule.major, rule.minor)
        if key == ("a", ANY, ANY):
            everything, exceptions = rule.allow, {}
            continue
        before = exceptions.get(key, "")
        adds = rule.allow is not everything
        left = "".join(letter for letter in "rwm" if (letter in before or letter in rule.access) and adds)
        kept = "".join(letter for letter in before if letter not in rule.access)
        exceptions[key] = left if adds else kept
    return DeviceAccess(
        everything=everything,
        exceptions=tuple(
            DeviceRule(kind=kind, major=major, minor=minor, access=access, allow=not everything)
            for (kind, major, minor), access in exceptions.items()
            if access
        ),
    )


TUN = DeviceRule(kind="c", major=10, minor=200)
ALLOWED_BY_RUNTIMES = (
    DeviceRule(kind="c", access="m"),
    DeviceRule(kind="b", access="m"),
    *(DeviceRule(kind="c", major=1, minor=minor) for minor in (3, 8, 7)),
    DeviceRule(kind="c", major=5, minor=0),
    *(DeviceRule(kind="c", major=1, minor=minor) for minor in (5, 9)),
    DeviceRule(kind="c", major=5, minor=1),
    DeviceRule(kind="c", major=136),
    DeviceRule(kind="c", major=5, minor=2),
)
"""What runtimes add to every container's rules: make any node; null, random, full, tty, zero, urandom, console, terminals
(runc 1.1 libcontainer/specconv/spec_linux.go `AllowedDevices`; crun 1.8 the same)."""
ALLOWED_BY_RUNC = (*ALLOWED_BY_RUNTIMES, TUN)
"""runc adds tun too, until 1.2; crun does not (tried by `tests/live/oracle`)."""
