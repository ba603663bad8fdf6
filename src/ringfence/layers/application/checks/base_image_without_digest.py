"""The base image is named by a tag, which its publisher may move.

A tag is a name that points somewhere else tomorrow. Only a digest says which bytes: whoever takes over the registry
account, or the way to it, changes what is built under an unmoved tag.

Legitimate where fixes of the base shall come in by themselves and the built image is tested and signed after.
"""

from ringfence.formats.build_recipe import Base
from ringfence.model.declare import Check
from ringfence.model.knowledge import Unknown
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="base-image-without-digest",
    severity="low",
    kind="misconfiguration",
    remedy="Add the digest behind the tag (`FROM debian:12.8-slim@sha256:...`) and let a bot raise both.",
    references=(
        "https://docs.docker.com/reference/dockerfile/#from",
        "https://slsa.dev/spec/v1.0/threats#d-external-build-parameters",
    ),
)


def check(subject: Base) -> Outcome:
    """Whether the base is named by its digest."""
    if isinstance(subject.image, Unknown):
        return Undecided(why=subject.image.reason)
    if subject.is_stage or subject.image.value == "scratch":
        return NotApplicable(why="it starts from nothing or from an earlier stage")
    name = subject.image.value
    if "@" in name:
        return Holds()
    if name.rpartition("/")[2].partition(":")[2] in ("", "latest"):
        return NotApplicable(why="base-image-latest says so already")
    return Broken(because=f"{name} is a tag: what it means may change", at=subject.at)
