"""Files and pipes planted in shared directories are opened in place of new ones.

A program with more rights creates a file in /tmp, or on a volume that several containers share; the attacker was there
first with a file or pipe of his own under that name, and the program writes into it. `fs.protected_regular` and
`fs.protected_fifos` refuse that in world-writable sticky directories.

There is no known use that the value 1 breaks; systemd sets it, a kernel by itself does not.
"""

from ringfence.layers.kernel.facts import place_of, sysctl
from ringfence.model.component import KernelState
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown, known_or
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="shared-files-unprotected",
    severity="low",
    kind="misconfiguration",
    remedy=(
        "Set `fs.protected_regular = 2` and `fs.protected_fifos = 2` in /etc/sysctl.d/60-ringfence.conf and run "
        "`sysctl --system`."
    ),
    references=("https://docs.kernel.org/admin-guide/sysctl/fs.html#protected-fifos",),
)

NAMES = ("fs.protected_regular", "fs.protected_fifos")


def check(kernel: KernelState) -> Outcome:
    """Both have to be on; kernels before 4.19 have neither."""
    values = {name: sysctl(kernel, name) for name in NAMES}
    for name, value in values.items():
        if value == Known("0"):
            shown = tuple(f"{item} = {known_or(seen, 'unknown') or '(not there)'}" for item, seen in values.items())
            return Broken(
                because="files planted by others in shared directories are opened", at=place_of(name), evidence=shown
            )
    unread = [value.reason for value in values.values() if isinstance(value, Unknown)]
    if unread:
        return Undecided(why=unread[0])
    return NotApplicable(why="this kernel has no such protection") if Known("") in values.values() else Holds()
