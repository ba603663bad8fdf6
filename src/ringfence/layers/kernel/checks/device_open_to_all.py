"""A device that gives away the machine may be used by every user.

Who may write a disk below its file system, or the memory, needs no other hole. A wrong mode on a node under /dev is also
what a container with the host's /dev gets.

/dev/kvm is open to all on some distributions, so that virtual machines need no group; that is more kernel in reach, not
the machine itself.
"""

from fnmatch import fnmatchcase

from ringfence.layers.kernel.facts import DeviceFile, Facts
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="device-open-to-all",
    severity="high",
    kind="misconfiguration",
    remedy="Give the node back to its group (`chmod o= PATH`) and mend the udev rule that opened it.",
    references=("https://www.freedesktop.org/software/systemd/man/latest/udev.html",),
)

OPEN_BY_DESIGN = (
    *("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/ptmx", "/dev/fuse"),
    *("/dev/net/tun", "/dev/vsock", "/dev/kmsg", "/dev/rfkill", "/dev/autofs", "/dev/dma_heap/*", "/dev/udmabuf"),
    *("/dev/nvidia*", "/dev/kfd", "/dev/dri/renderD*", "/dev/console", "/dev/hwrng", "/dev/usb/hiddev*", "/dev/bus/usb/*"),
    *("/dev/snd/*", "/dev/log", "/dev/rtc*", "/dev/ptp*", "/dev/loop-control"),
)
"""Nodes that systemd's 50-udev-default.rules, the kernel's devtmpfs or a maker's driver opens to all by design, at least
for reading; opening them is asked about again by their own drivers."""
ONLY_MORE_KERNEL = ("/dev/kvm", "/dev/vhost-*", "/dev/uinput", "/dev/userfaultfd", "/dev/input/*", "/dev/btrfs-control")
"""Nodes that put more of the kernel in reach, or other users' keys, but no memory or disk."""


def check(facts: Facts) -> Outcome:
    """Nodes with a permission for others that are not meant for all."""
    match facts.devices:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(devices):
            opened = [item for item in devices if item.mode & 0o006 and not _matches(item, OPEN_BY_DESIGN)]
            if not opened:
                return Holds()
            grave = [item for item in opened if item.kind == "block" or not _matches(item, ONLY_MORE_KERNEL)]
            return Broken(
                because=f"open to every user: {', '.join(item.path for item in opened)}",
                at=Location(path=opened[0].path),
                evidence=tuple(f"{item.path} {item.mode:04o} {item.owner}:{item.group}" for item in opened),
                severity=None if grave else Severity.LOW,
            )


def _matches(item: DeviceFile, patterns: tuple[str, ...]) -> bool:
    return item.kind == "character" and any(fnmatchcase(item.path, pattern) for pattern in patterns)
