"""Files are copied out of an image named by a tag.

`COPY --from=image:tag` takes programs from whatever that tag means on the day of the build.
"""

from ringfence.formats.build_recipe import BuildCopy
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="copied-from-unpinned-image",
    severity="low",
    kind="misconfiguration",
    remedy="Name the image by its digest, or make it a stage of its own with a digest in FROM.",
    references=("https://docs.docker.com/reference/dockerfile/#copy---from",),
    aliases=("hadolint DL3022",),
)


def check(subject: BuildCopy) -> Outcome:
    """Whether an image that files are copied from is named by its digest."""
    if not subject.source_stage or subject.stage_known:
        return NotApplicable(why="it copies from the context or from an earlier stage")
    if "$" in subject.source_stage:
        return Undecided(why="a variable names the image")
    if "@" in subject.source_stage:
        return Holds()
    return Broken(because=f"{subject.source_stage} is a tag: what it means may change", at=subject.at)
