"""Files that belong to the system can be changed by every user.

A file or folder that others may write to lets a process without rights change what a process with rights reads or
runs. Folders with the sticky bit (`/tmp`) are meant for it and not told. It is legitimate for a folder that only one
program uses.
"""

from ringfence.layers.image.facts import Facts
from ringfence.model.declare import Check
from ringfence.model.knowledge import Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="world-writable-file",
    severity="medium",
    kind="misconfiguration",
    remedy=("Take the right away (`chmod o-w`), or set the sticky bit on a folder that all must write to (`chmod 1777`)."),
    references=(
        "https://cwe.mitre.org/data/definitions/732.html",
        "https://www.cisecurity.org/benchmark/docker",
    ),
    aliases=("CIS-4.8",),
)


def check(subject: Facts) -> Outcome:
    """Whether the final tree has one."""
    found = [item for item in subject.open_files if item.kind == "world-writable"]
    if not found:
        whole = subject.seen_whole
        return Undecided(why=whole.reason) if isinstance(whole, Unknown) else Holds()
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return Broken(
        because=f"{', '.join(item.path for item in found[:3])}{more} can be written by every user",
        at=found[0].at,
        evidence=tuple(f"{item.mode:04o} {item.path}" for item in found[:200]),
    )
