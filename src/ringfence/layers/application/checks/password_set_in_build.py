"""An account of the image gets a password.

Its hash is in the image for whoever may pull it, the same in every container, and where it stands in the command the
password itself is in the history.

Legitimate for accounts whose password is locked again before the image is done.
"""

from ringfence.formats.build_recipe import BuildStep
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, Outcome

CHECK = Check(
    slug="password-set-in-build",
    severity="medium",
    kind="misconfiguration",
    remedy=(
        "Leave accounts without a password (`useradd --system`); log in by keys that are mounted when it runs, if at all."
    ),
    references=("https://man7.org/linux/man-pages/man8/chpasswd.8.html",),
)


def check(subject: BuildStep) -> Outcome:
    """Whether a password is set."""
    for command in subject.commands:
        if command.program in ("chpasswd", "passwd") and not command.has("-l", "--lock", "-S", "--status"):
            return Broken(because=f"{command.program} sets a password", at=subject.at)
        if command.program in ("useradd", "usermod") and command.has("-p", "--password"):
            return Broken(because=f"{command.program} sets a password", at=subject.at)
    return Holds()
