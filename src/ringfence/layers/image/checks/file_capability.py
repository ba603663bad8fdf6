"""A file gives dangerous capabilities to whoever runs it.

File capabilities work like setuid in smaller pieces: a process that executes the file gains them, up to the
container's bounding set. With CAP_SETUID, CAP_DAC_OVERRIDE or CAP_SYS_ADMIN on an interpreter or an editor, an
ordinary user is root. CAP_NET_BIND_SERVICE and CAP_NET_RAW on a network tool are usual and not reported.
"""

from ringfence.layers.image.facts import Facts
from ringfence.model.declare import Check
from ringfence.model.knowledge import Unknown
from ringfence.model.linux import Capability, names_of
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="file-capability",
    severity="high",
    kind="misconfiguration",
    remedy=(
        "Take the capabilities away (`setcap -r FILE`), or grant the container only what it needs and set no_new_privileges."
    ),
    references=("https://man7.org/linux/man-pages/man7/capabilities.7.html",),
)

USUAL = 1 << Capability.CAP_NET_BIND_SERVICE | 1 << Capability.CAP_NET_RAW
"""Capabilities that network tools carry in every distribution."""


def check(subject: Facts) -> Outcome:
    """Whether a file of the final tree carries more than the usual ones."""
    found = [item for item in subject.privileged_files if item.capabilities & ~USUAL]
    if not found:
        whole = subject.seen_whole
        return Undecided(why=whole.reason) if isinstance(whole, Unknown) else Holds()
    lines = [f"{item.path} has {', '.join(names_of(item.capabilities & ~USUAL))}" for item in found]
    return Broken(because="; ".join(lines[:3]), at=found[0].at, evidence=tuple(lines))
