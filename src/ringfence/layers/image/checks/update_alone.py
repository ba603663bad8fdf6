"""A build step only updates the lists of packages.

Builders keep the result of each step. A step that runs `apt-get update` and installs nothing is taken from the cache
the next time, so that later steps install what was current weeks ago, holes included.
"""

import re

from ringfence.layers.image.evaluate import alike
from ringfence.layers.image.facts import Facts
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="update-alone",
    severity="low",
    kind="misconfiguration",
    remedy=("Write update and install in one RUN step: `apt-get update && apt-get install -y PACKAGE`."),
    references=(
        "https://docs.docker.com/build/building/best-practices/#apt-get",
        "https://www.cisecurity.org/benchmark/docker",
    ),
    aliases=("CIS-4.7",),
)

_UPDATE = re.compile(
    r"\b(?:apt-get|apt|aptitude)\b(?:\s+-\S+)*\s+update\b|\bapk\b(?:\s+-\S+)*\s+update\b|\byum\s+makecache\b"
)
_INSTALL = re.compile(r"\b(?:install|add|upgrade|dist-upgrade|full-upgrade|build-dep)\b")


def check(subject: Facts) -> Outcome:
    """Whether a layer was made so, by its line of history."""
    return alike.made_by(subject, lambda _, step: _UPDATE.search(step) and not _INSTALL.search(step))
