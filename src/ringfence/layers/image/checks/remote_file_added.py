"""A build step adds a file straight from the network.

`ADD https://...` takes whatever the address gives on the day of the build: no digest pins it, no signature is
checked, and two builds of the same Dockerfile differ. It is legitimate with `--checksum=sha256:...`, or where the
file is verified in a step that fails the build.
"""

import re

from ringfence.layers.image.facts import Facts
from ringfence.model.declare import Check
from ringfence.model.knowledge import Unknown
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="remote-file-added",
    severity="medium",
    kind="misconfiguration",
    remedy="Use `ADD --checksum=sha256:DIGEST URL`, or fetch and verify the file in one RUN step.",
    references=(
        "https://docs.docker.com/reference/dockerfile/#add---checksum",
        "https://www.cisecurity.org/benchmark/docker",
    ),
)

_ADDED = re.compile(r"^(?:/bin/sh -c #\(nop\)\s+)?ADD (?!.*--checksum=)(?:--\S+ )*\[?\"?(https?://\S+|git@\S+)")


def check(subject: Facts) -> Outcome:
    """Whether a layer was made so, by its line of history."""
    if isinstance(subject.config, Unknown):
        return Undecided(why=subject.config.reason)
    found = [(layer, match[1]) for layer in subject.layers if (match := _ADDED.match(layer.created_by))]
    if not found:
        return Holds()
    layer, address = found[0]
    return Broken(
        because=f"layer {layer.index} is what {address[:200]} gave when the image was built",
        at=Location(
            field=f"layer {layer.index}", layer_index=layer.index, layer_digest=layer.diff_id, created_by=layer.created_by
        ),
        evidence=tuple(address[:200] for _, address in found),
    )
