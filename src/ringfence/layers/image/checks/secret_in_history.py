"""A secret stands in the image's history, in a label or in its command.

The history keeps every build step as it was written, build arguments included, and everyone who can pull the image
can read it. Squashing or deleting files does not touch it. Labels and the command line are shown by every tool that
lists containers.
"""

from ringfence.layers.image.facts import SecretHit
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, NotApplicable, Outcome

CHECK = Check(
    slug="secret-in-history",
    severity="high",
    kind="secret",
    remedy=(
        "Revoke the secret; give it to the build step with `RUN --mount=type=secret`, never as an argument or in the line."
    ),
    references=("https://docs.docker.com/build/building/secrets/", "https://docs.docker.com/reference/build-checks/"),
)


def check(subject: SecretHit) -> Outcome:
    """Whether the secret stands in a build step, a label or the command."""
    if subject.place not in ("history", "label", "command"):
        return NotApplicable(why="the secret is not in the image's history, labels or command")
    return Broken(
        because=f"{subject.title} in the image's {subject.place} ({subject.shown})",
        at=subject.at,
        evidence=subject.elsewhere,
        severity=subject.severity,
        secret=subject.known_by,
    )
