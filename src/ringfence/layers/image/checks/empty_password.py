"""A user of the image needs no password.

An empty password field lets whoever may ask for it become that user: `su`, a console, an SSH server with empty
passwords allowed. Images need no passwords at all: a locked field (`!` or `*`) is what every base image has.
"""

from ringfence.layers.image.facts import Facts
from ringfence.model.declare import Check
from ringfence.model.knowledge import Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="empty-password",
    severity="high",
    kind="misconfiguration",
    remedy=("Lock the account: `passwd -l NAME`, or `!` in the second field of /etc/shadow."),
    references=(
        "https://man7.org/linux/man-pages/man5/shadow.5.html",
        "https://github.com/goodwithtech/dockle/blob/master/CHECKPOINT.md",
    ),
    aliases=("DKL-LI-0001",),
)


def check(subject: Facts) -> Outcome:
    """Whether /etc/passwd or /etc/shadow of the final tree has an empty password field."""
    found = subject.accounts.empty_passwords
    if not found:
        whole = subject.seen_whole
        return Undecided(why=whole.reason) if isinstance(whole, Unknown) else Holds()
    return Broken(because=f"{', '.join(found[:5])} without password", at=Location(path="/etc/shadow"), evidence=found)
