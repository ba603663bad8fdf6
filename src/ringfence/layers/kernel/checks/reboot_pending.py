"""A newer kernel is installed than the one that runs.

An update of the kernel's package changes a file on the disk. The holes it mends are open until the machine starts from
it, and package scanners that read the database call the machine mended.

It is wanted for the hours until the maintenance window; live patches cover some holes meanwhile.
"""

from ringfence.errors import Malformed
from ringfence.layers.kernel.facts import Facts, InstalledKernel
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided
from ringfence.versions import dpkg, kernel

CHECK = Check(
    slug="reboot-pending",
    severity="medium",
    kind="misconfiguration",
    remedy="Drain the node, reboot it, and check `uname -r` (kured does this for Kubernetes nodes).",
    references=("https://wiki.debian.org/KernelFAQ", "https://kured.dev/docs/"),
)


def check(facts: Facts) -> Outcome:
    """By the releases of one flavour in /boot, the package's version for the same release, and the distribution's word."""
    if facts.reboot_asked:
        return Broken(because="the distribution asks for a reboot", at=Location(path=facts.reboot_asked))
    match facts.kernel.release, facts.installed:
        case (Unknown(reason), _) | (_, Unknown(reason)):
            return Undecided(why=reason)
        case _, Known(()):
            return NotApplicable(why="no kernel is installed here: the machine is given one from outside")
        case Known(running), Known(installed):
            newer = [item for item in installed if _newer(item, running, facts)]
            if not newer:
                return Holds()
            names = ", ".join(f"{item.release} {item.package_version}".strip() for item in newer)
            return Broken(
                because=f"{running} runs, and {names} is installed",
                at=Location(path=f"/boot/vmlinuz-{newer[-1].release}"),
                evidence=(f"kernel: {facts.component.label}",),
            )


def _newer(item: InstalledKernel, running: str, facts: Facts) -> bool:
    if item.release == running:
        own = facts.component.package.version if facts.component.package else ""
        try:
            return bool(own and item.package_version) and dpkg.key(own) < dpkg.key(item.package_version)
        except Malformed:
            return False
    return kernel.flavour(item.release) == kernel.flavour(running) and kernel.build_key(running) < kernel.build_key(
        item.release
    )
