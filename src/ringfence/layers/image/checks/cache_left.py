"""Caches and temporary files are in the image.

Lists of packages, downloaded archives, compilers' and package managers' caches and what lies in `/tmp` are of use to
the build alone. They make every pull longer, and lists of packages tell an intruder what else there is to install.
It is legitimate where a program fills its cache at build time so as to start faster.
"""

from ringfence.layers.image.evaluate import alike
from ringfence.layers.image.facts import Facts
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="cache-left",
    severity="low",
    kind="bloat",
    remedy=(
        "Delete them in the RUN step that makes them (`rm -rf /var/lib/apt/lists/*`), or keep them out of the "
        "layer: `RUN --mount=type=cache,target=...`."
    ),
    references=(
        "https://docs.docker.com/build/cache/optimize/#use-cache-mounts",
        "https://docs.docker.com/build/building/best-practices/",
    ),
)


def check(subject: Facts) -> Outcome:
    """Whether the final tree has a megabyte of them."""
    return alike.left_over(subject, "cache")
