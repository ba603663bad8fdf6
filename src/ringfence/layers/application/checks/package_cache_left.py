"""Lists and caches of the package manager stay in the image.

They are of no use to the program, make the image larger, and tell an attacker inside what can be installed.
"""

from ringfence.formats.build_recipe import BuildStep
from ringfence.layers.application.evaluate import finished_image
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome

CHECK = Check(
    slug="package-cache-left",
    severity="low",
    kind="misconfiguration",
    remedy=(
        "Delete them in the same step, or keep them out with `RUN --mount=type=cache`; `apk add --no-cache`, "
        "`dnf clean all`."
    ),
    references=(
        "https://docs.docker.com/build/building/best-practices/#apt-get",
        "https://github.com/hadolint/hadolint/wiki/DL3009",
        "https://github.com/hadolint/hadolint/wiki/DL3019",
        "https://github.com/hadolint/hadolint/wiki/DL3040",
    ),
    aliases=("hadolint DL3009", "hadolint DL3019", "hadolint DL3032", "hadolint DL3036", "hadolint DL3040"),
)


def check(subject: BuildStep) -> Outcome:
    """Whether the step deletes what its package managers keep."""
    if not subject.final:
        return NotApplicable(why="the stage is thrown away")
    if left := finished_image.cache_left(subject):
        return Broken(because=f"{left[0]} leaves {left[1]} in the image", at=subject.at)
    return Holds()
