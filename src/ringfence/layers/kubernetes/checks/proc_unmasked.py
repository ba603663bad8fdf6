"""A container sees all of the kernel's files.

The masks over /proc hide what tells of the node and what changes it: kernel memory, timers, the magic key. `procMount:
Unmasked` takes them away.

It is made for containers inside containers, in a user namespace of their own.
"""

from ringfence.formats.kubernetes_pod import PodContainer
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="proc-unmasked",
    severity="high",
    kind="misconfiguration",
    remedy="Leave `procMount` out.",
    references=("https://kubernetes.io/docs/concepts/security/pod-security-standards/",),
    aliases=(
        "KSV-0027",
        "PSS-baseline",
    ),
)


def check(subject: PodContainer) -> Outcome:
    """What the container says of it."""
    setting = subject.security.proc_mount
    match setting.value:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known("Unmasked"):
            return Broken(because="the masks over /proc are taken away", at=setting.at)
        case _:
            return Holds()
