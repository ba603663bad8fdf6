"""The finished image runs as root.

No `USER` follows, or the last one is root. A fault in the program then starts with every file of the container writable
and with all capabilities the engine grants, and most escapes of containers begin from there.

Legitimate for images that others start from, and for programs that give up root themselves (nginx, postgres as packaged).
"""

from ringfence.formats.build_recipe import Recipe
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.knowledge import Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="build-left-as-root",
    severity="medium",
    kind="misconfiguration",
    remedy="Make a user and end with its number: `RUN useradd --system --uid 10001 app` and `USER 10001`.",
    references=(
        "https://docs.docker.com/build/building/best-practices/#user",
        "https://cheatsheetseries.owasp.org/cheatsheets/Docker_Security_Cheat_Sheet.html#rule-2-set-a-user",
    ),
    aliases=("hadolint DL3002", "CIS Docker 4.1"),
)


def check(subject: Recipe) -> Outcome:
    """Whether the last user is another one than root."""
    if isinstance(subject.user, Unknown):
        return Undecided(why=f"USER is a variable: {subject.user.reason}")
    if subject.user.value in ("root", "0"):
        return Broken(because=f"the last USER is {subject.user.value}", at=subject.user_at)
    if subject.user.value:
        return Holds()
    base = subject.bases[-1].image if subject.bases else None
    if isinstance(base, Unknown) or (base is not None and any(word in base.value for word in OTHER_USERS)):
        return Undecided(why="no USER is set, and what the base sets is not told")
    why = "no USER is set: it runs as root unless the base image says otherwise"
    return Broken(because=why, at=subject.user_at, severity=Severity.LOW)


OTHER_USERS = ("nonroot", "non-root", "rootless", "unprivileged", "chainguard")
"""Words in the name of an image that mostly stand for another user set in it."""
