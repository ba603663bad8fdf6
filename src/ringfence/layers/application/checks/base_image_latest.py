"""The base image is whatever its tag means on the day of the build.

Without a tag, or with `latest`, two builds of the same file rest on different images, and nobody can say afterwards on
which. A fix in the base comes or goes unseen, and so does whatever else somebody pushes under that name.

Legitimate in examples and experiments.
"""

from ringfence.formats.build_recipe import Base
from ringfence.model.declare import Check
from ringfence.model.knowledge import Unknown
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="base-image-latest",
    severity="medium",
    kind="misconfiguration",
    remedy="Name a version, and its digest: `FROM debian:12.8-slim@sha256:...`; let a bot raise both.",
    references=(
        "https://docs.docker.com/build/building/best-practices/#pin-base-image-versions",
        "https://docs.docker.com/reference/dockerfile/#from",
    ),
    aliases=("hadolint DL3006", "hadolint DL3007", "CIS Docker 4.7"),
)


def check(subject: Base) -> Outcome:
    """Whether the base is named by a version or digest."""
    if isinstance(subject.image, Unknown):
        return Undecided(why=subject.image.reason)
    if subject.is_stage or subject.image.value == "scratch":
        return NotApplicable(why="it starts from nothing or from an earlier stage")
    name = subject.image.value
    if "@" in name:
        return Holds()
    tag = name.rpartition("/")[2].partition(":")[2]
    if tag in ("", "latest"):
        return Broken(because=f"{name} is {'the latest' if tag else 'without a tag, which is the latest'}", at=subject.at)
    return Holds()
