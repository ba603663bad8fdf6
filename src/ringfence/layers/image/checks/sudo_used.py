"""A build step uses sudo.

A build step is root unless USER says otherwise, so sudo adds nothing but a setuid program that stays in the image,
and rules for it. It is legitimate in an image that people work in.
"""

import re

from ringfence.layers.image.evaluate import alike
from ringfence.layers.image.facts import Facts
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="sudo-used",
    severity="low",
    kind="misconfiguration",
    remedy=("Put steps that need root before USER, and leave sudo out."),
    references=(
        "https://docs.docker.com/build/building/best-practices/#user",
        "https://github.com/goodwithtech/dockle/blob/master/CHECKPOINT.md",
    ),
    aliases=("DKL-DI-0001",),
)

_SUDO = re.compile(r"(?:^|[;&|(]\s*)sudo\s")


def check(subject: Facts) -> Outcome:
    """Whether a layer was made so, by its line of history."""
    return alike.made_by(subject, lambda _, step: _SUDO.search(step))
