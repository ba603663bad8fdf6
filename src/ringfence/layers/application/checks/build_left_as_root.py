"""The finished image runs as root.

No `USER` follows, or the last one is root. A fault in the program then starts with every file of the container writable
and with all capabilities the engine grants, and most escapes of containers begin from there.

Legitimate for images that others start from, and for programs that give up root themselves (nginx, postgres as packaged).
"""

from ringfence.formats.build_recipe import Recipe
from ringfence.layers.application.evaluate import finished_image
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.knowledge import Known, Unknown
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
    why = finished_image.root_at_end(subject)
    if isinstance(why, Unknown):
        return Undecided(why=why.reason)
    if not why.value:
        return Holds()
    written = subject.user != Known("")
    return Broken(because=why.value, at=subject.user_at, severity=None if written else Severity.LOW)
