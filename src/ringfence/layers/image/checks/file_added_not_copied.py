"""A build step adds a file with ADD where COPY would do.

ADD unpacks archives and fetches addresses, COPY only copies. Who reads `ADD x.tar.gz /` must know what is in the
archive to know what the image gets. The first layer of a base image, a whole root file system, is the usual exception
and not told; `remote-file-added` tells of addresses.
"""

import re

from ringfence.layers.image.evaluate import alike
from ringfence.layers.image.facts import Facts
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="file-added-not-copied",
    severity="negligible",
    kind="misconfiguration",
    remedy=("Use COPY for files and folders; keep ADD for archives that shall be unpacked, and say so beside it."),
    references=(
        "https://docs.docker.com/reference/dockerfile/#add",
        "https://www.cisecurity.org/benchmark/docker",
    ),
    aliases=(
        "CIS-4.9",
        "CIS-DI-0009",
    ),
)

_ADD = re.compile(r"^ADD (?!.*https?://)(?!git@)")


def check(subject: Facts) -> Outcome:
    """Whether a layer was made so, by its line of history."""
    return alike.made_by(subject, lambda layer, step: layer.index and _ADD.match(step))
