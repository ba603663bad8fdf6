"""A pipe counts as done although a part of it failed.

The shell takes the status of the last command alone: where a download or a check before it fails, the build goes on with
half a file or an unchecked one.
"""

import itertools

from ringfence.formats.build_recipe import BuildStep
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, Outcome

CHECK = Check(
    slug="pipe-failure-ignored",
    severity="low",
    kind="misconfiguration",
    remedy='Set `SHELL ["/bin/bash", "-o", "pipefail", "-c"]`, or begin with `set -o pipefail`.',
    references=(
        "https://docs.docker.com/build/building/best-practices/#using-pipes",
        "https://github.com/hadolint/hadolint/wiki/DL4006",
    ),
    aliases=("hadolint DL4006",),
)


def check(subject: BuildStep) -> Outcome:
    """Whether a failing part of a pipe fails the step."""
    if subject.pipefail:
        return Holds()
    for first, second in itertools.pairwise(subject.commands):
        if second.piped and first.program not in HARMLESS:
            return Broken(because=f"'{first.program} | {second.program}' is done when {second.program} is", at=subject.at)
    return Holds()


HARMLESS = frozenset({"echo", "printf", "yes", "true"})
"""Commands whose failing says nothing."""
