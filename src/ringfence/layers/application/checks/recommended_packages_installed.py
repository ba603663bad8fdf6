"""Packages that nobody asked for are installed along.

apt takes what a package recommends, too: often dozens of packages, each with faults of its own that a scanner then finds.
"""

from ringfence.formats.build_recipe import BuildStep
from ringfence.layers.application.evaluate import build_commands
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome

CHECK = Check(
    slug="recommended-packages-installed",
    severity="low",
    kind="misconfiguration",
    remedy="Add `--no-install-recommends`, and name what is missed.",
    references=(
        "https://docs.docker.com/build/building/best-practices/#apt-get",
        "https://github.com/hadolint/hadolint/wiki/DL3015",
    ),
    aliases=("hadolint DL3015",),
)


def check(subject: BuildStep) -> Outcome:
    """Whether apt is told to leave out what is only recommended."""
    if not subject.final:
        return NotApplicable(why="the stage is thrown away")
    for found in build_commands.installs(subject):
        if found.manager not in ("apt-get", "apt") or not found.packages:
            continue
        text = " ".join(found.options)
        if "--no-install-recommends" not in text and "APT::Install-Recommends" not in text:
            return Broken(because=f"{found.manager} installs what {found.packages[0]} recommends", at=subject.at)
    return Holds()
