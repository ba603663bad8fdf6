"""A build step upgrades the whole distribution.

`dist-upgrade` may replace and remove what the base image brought, differently at every build, and doubles files in a
new layer. A base of the day has the same fixes. It is legitimate until the base's publisher rebuilds.
"""

import re

from ringfence.layers.image.evaluate import alike
from ringfence.layers.image.facts import Facts
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="distribution-upgraded",
    severity="negligible",
    kind="misconfiguration",
    remedy=("Build on a base that is rebuilt with fixes, by its digest, and upgrade single packages by name."),
    references=(
        "https://docs.docker.com/build/building/best-practices/",
        "https://github.com/goodwithtech/dockle/blob/master/CHECKPOINT.md",
    ),
    aliases=("DKL-DI-0003",),
)

_UPGRADE = re.compile(
    r"\b(?:apt-get|apt|aptitude)\b(?:\s+-\S+)*\s+(?:dist-upgrade|full-upgrade)\b|\b(?:dnf|yum)\s+(?:-y\s+)?distro-sync\b"
)


def check(subject: Facts) -> Outcome:
    """Whether a layer was made so, by its line of history."""
    return alike.made_by(subject, lambda _, step: _UPGRADE.search(step))
