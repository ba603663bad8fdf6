"""The image is meant by a tag that moves.

Without a tag, or with `latest`, what is pulled is whatever was pushed last: two pulls give two images, and what was
judged is not what runs. It is legitimate to look at such an image; to run it, name it otherwise.
"""

from ringfence.layers.image.facts import Facts
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome

CHECK = Check(
    slug="newest-tag-meant",
    severity="low",
    kind="misconfiguration",
    remedy=("Name the image by a version, or better by its digest (`NAME@sha256:...`)."),
    references=(
        "https://kubernetes.io/docs/concepts/containers/images/#image-names",
        "https://github.com/goodwithtech/dockle/blob/master/CHECKPOINT.md",
    ),
    aliases=("DKL-DI-0006",),
)

_NAMED = ("docker:", "docker-daemon:", "containerd:", "containers-storage:")


def check(subject: Facts) -> Outcome:
    """Whether the reference names an image in a registry or a store, with the tag `latest` or none."""
    prefix, colon, rest = subject.reference.partition(":")
    if f"{prefix}{colon}" not in _NAMED:
        return NotApplicable(why="it is no name in a registry or a store")
    last = rest.rpartition("/")[2]
    if "@" in rest or (":" in last and not last.endswith(":latest")):
        return Holds()
    return Broken(because=f"{rest.removeprefix('//')} is whatever was pushed last")
