"""A build step uses sudo.

A build step is root unless USER says otherwise, so sudo adds nothing but a setuid program that stays in the image,
and rules for it. It is legitimate in an image that people work in.
"""

import re

from ringfence.layers.image.facts import Facts
from ringfence.model.declare import Check
from ringfence.model.knowledge import Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

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
    if isinstance(subject.config, Unknown):
        return Undecided(why=subject.config.reason)
    found = [(layer, step) for layer, step in subject.steps if _SUDO.search(step)]
    if not found:
        return Holds()
    layer, step = found[0]
    return Broken(
        because=f"layer {layer.index}: {step[:160]}",
        at=Location(
            field=f"layer {layer.index}", layer_index=layer.index, layer_digest=layer.diff_id, created_by=layer.created_by
        ),
        evidence=tuple(f"layer {layer.index}: {step[:300]}" for layer, step in found),
    )
