"""A device of the host is given to a container.

A disk's device is the host's file systems, past every mount and permission; `/dev/mem`, `/dev/kmem` and `/dev/port` are the
machine itself. Others open a driver's code to whoever is inside: `/dev/kvm`, GPUs, `/dev/fuse`, each with its own history of
holes.

Legitimate where the work needs the device (GPU computing, virtual machines in containers, storage drivers).
"""

import re

from ringfence.layers.runtime.facts import granted_everything
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided
from ringfence.model.workload import Workload

CHECK = Check(
    slug="host-device-exposed",
    severity="medium",
    kind="misconfiguration",
    remedy="Take `--device` out, or give the narrowest device there is (pod: no hostPath below `/dev`; a device plugin).",
    references=("https://docs.kernel.org/admin-guide/devices.html",),
    aliases=("CIS-Docker-5.18",),
)

HARMLESS = frozenset(
    f"/dev/{name}"
    for name in ("null", "zero", "full", "random", "urandom", "tty", "console", "ptmx", "stdin", "stdout", "stderr")
)
"""Every container has these (OCI runtime specification, "Default Devices")."""

WHOLE_HOST = re.compile(r"/dev/(sd|vd|xvd|hd|nvme|mmcblk|dm-|md|loop|mapper/|disk/|mem$|kmem$|port$|kmsg$)")
"""Disks, memory and ports."""


def check(subject: Workload) -> Outcome:
    """The devices beyond the default ones."""
    if granted_everything(subject):
        return NotApplicable(why="privileged says it all")
    match subject.confinement.devices:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(devices):
            found = [path for path in devices if path not in HARMLESS and not path.startswith("/dev/pts/")]
            if not found:
                return Holds()
            return Broken(
                because=f"it is given {', '.join(found[:5])}{' and more' if len(found) > 5 else ''}",
                at=subject.confinement.at("devices"),
                evidence=tuple(found),
                severity=Severity.CRITICAL if any(WHOLE_HOST.match(path) for path in found) else Severity.MEDIUM,
            )
