"""Links planted in shared directories are followed.

In /tmp, or on a volume that several containers share, an attacker plants a link under a name that a program with more
rights will open, and has it overwrite or disclose a file of his choice. `fs.protected_symlinks` and
`fs.protected_hardlinks` refuse such links.

There is no known use that they break; systemd sets both, a kernel by itself sets neither.
"""

from ringfence.layers.kernel.facts import place_of, sysctl
from ringfence.model.component import KernelState
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown, known_or
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="links-unprotected",
    severity="medium",
    kind="misconfiguration",
    remedy=(
        "Set `fs.protected_symlinks = 1` and `fs.protected_hardlinks = 1` in /etc/sysctl.d/60-ringfence.conf "
        "and run `sysctl --system`."
    ),
    references=("https://docs.kernel.org/admin-guide/sysctl/fs.html#protected-symlinks",),
)

NAMES = ("fs.protected_symlinks", "fs.protected_hardlinks")


def check(kernel: KernelState) -> Outcome:
    """Both have to be on."""
    values = {name: sysctl(kernel, name) for name in NAMES}
    for name, value in values.items():
        if value in (Known("0"), Known("")):
            shown = tuple(f"{item} = {known_or(seen, 'unknown') or '(not there)'}" for item, seen in values.items())
            return Broken(
                because="links planted by others in shared directories are followed", at=place_of(name), evidence=shown
            )
    unread = [value.reason for value in values.values() if isinstance(value, Unknown)]
    return Undecided(why=unread[0]) if unread else Holds()
