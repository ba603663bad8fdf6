"""The image's configuration sets a secret as an environment variable.

Everyone who can pull the image reads its configuration, without starting anything. In a running container the
variable is inherited by every child process, shown by `inspect`, and ends up in crash dumps and debug pages. The
value stays in every copy of the image for good. It is legitimate only for a value that is no secret at all.
"""

from ringfence.layers.image.facts import SecretHit
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, NotApplicable, Outcome

CHECK = Check(
    slug="secret-in-environment",
    severity="high",
    kind="secret",
    remedy=(
        "Revoke the secret; hand it over at run time as a mounted file, or at build time with `RUN --mount=type=secret`."
    ),
    references=("https://docs.docker.com/build/building/secrets/", "https://cwe.mitre.org/data/definitions/526.html"),
)


def check(subject: SecretHit) -> Outcome:
    """Whether the secret stands in the environment."""
    if subject.place != "environment":
        return NotApplicable(why="the secret is not in the environment")
    return Broken(
        because=f"{subject.title} in the environment ({subject.shown})",
        at=subject.at,
        evidence=subject.elsewhere,
        severity=subject.severity,
        secret=subject.known_by,
    )
