"""A device node is in the image.

Engines give a container the devices it may use; one that an image brings is there for another reason: with the
capability to use it (or in a privileged container) it reaches disks and memory past every file permission. It is
legitimate in the root file system of a virtual machine.
"""

from ringfence.layers.image.facts import Facts
from ringfence.model.declare import Check
from ringfence.model.knowledge import Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="device-in-image",
    severity="medium",
    kind="misconfiguration",
    remedy=("Leave it out (`mknod` in no build step, `--exclude=dev/*` when a root file system is packed)."),
    references=(
        "https://man7.org/linux/man-pages/man2/mknod.2.html",
        "https://csrc.nist.gov/pubs/sp/800/190/final",
    ),
    aliases=("NIST-800-190",),
)

USUAL = frozenset({"null", "zero", "full", "random", "urandom", "tty", "console", "ptmx"})
"""Devices that give nothing away (kernel, Documentation/admin-guide/devices.txt); mmdebstrap and others pack them."""


def check(subject: Facts) -> Outcome:
    """Whether the final tree has one that is not of the harmless ones in /dev."""
    devices = [item for item in subject.open_files if item.kind == "device"]
    found = [item for item in devices if item.path.removeprefix("/dev/") not in USUAL]
    if not found:
        whole = subject.seen_whole
        return Undecided(why=whole.reason) if isinstance(whole, Unknown) else Holds()
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return Broken(
        because=f"{', '.join(item.path for item in found[:3])}{more}",
        at=found[0].at,
        evidence=tuple(f"{item.mode:04o} {item.path}" for item in found[:200]),
    )
