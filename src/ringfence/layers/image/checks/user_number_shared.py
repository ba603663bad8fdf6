"""Two users of the image are one.

Users with the same number are the same to the kernel: what belongs to one belongs to the other, and with number 0
both are root. A second name for root is the classic back door.
"""

from ringfence.layers.image.facts import Facts
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.knowledge import Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="user-number-shared",
    severity="low",
    kind="misconfiguration",
    remedy=("Give each user a number of its own."),
    references=(
        "https://man7.org/linux/man-pages/man5/passwd.5.html",
        "https://github.com/goodwithtech/dockle/blob/master/CHECKPOINT.md",
    ),
    aliases=("DKL-LI-0002",),
)


def check(subject: Facts) -> Outcome:
    """Whether /etc/passwd of the final tree has a number twice; two names for root are worse."""
    found = subject.accounts.shared_numbers
    if not found:
        whole = subject.seen_whole
        return Undecided(why=whole.reason) if isinstance(whole, Unknown) else Holds()
    root = [line for line in found if line.endswith(": 0")]
    return Broken(
        because=f"the same number: {'; '.join((root or list(found))[:3])}",
        at=Location(path="/etc/passwd"),
        evidence=found,
        severity=Severity.HIGH if root else None,
    )
