"""The package list is fetched in a step of its own.

The step is kept in the cache, so that the next build installs by an old list: it misses security updates, or fails
because the old versions are gone.
"""

from ringfence.formats.build_recipe import BuildStep
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, Outcome

CHECK = Check(
    slug="package-list-stale",
    severity="low",
    kind="misconfiguration",
    remedy="Write `apt-get update && apt-get install ...` in one RUN.",
    references=(
        "https://docs.docker.com/build/building/best-practices/#apt-get",
        "https://docs.docker.com/build/cache/invalidation/",
    ),
    aliases=("CIS Docker 4.7",),
)


def check(subject: BuildStep) -> Outcome:
    """Whether an update of the list is followed by its use in the same step."""
    update = next(
        (item for item in subject.commands if item.program in UPDATES and UPDATES[item.program] in item.words), None
    )
    if update is None:
        return Holds()
    if any(
        item.program in UPDATES and not ({"install", "add", "upgrade", "dist-upgrade"}.isdisjoint(item.words))
        for item in subject.commands
    ):
        return Holds()
    return Broken(because=f"'{update.program} {UPDATES[update.program]}' is a step of its own", at=subject.at)


UPDATES = {"apt-get": "update", "apt": "update", "apk": "update", "aptitude": "update"}
