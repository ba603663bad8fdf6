"""A container may run an old image under a moved tag.

With IfNotPresent or Never a node that has the tag already does not ask the registry: it keeps the hole that a new image
closed, and other nodes run something else.
"""

from ringfence.formats.kubernetes_container import Container
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="stale-image-allowed",
    severity="negligible",
    kind="misconfiguration",
    remedy="Name the image by digest, or set `imagePullPolicy: Always`.",
    references=("https://kubernetes.io/docs/concepts/containers/images/#image-pull-policy",),
    aliases=(
        "KL-latest-tag",
        "CKV_K8S_15",
        "KSV-0013",
    ),
)


def check(subject: Container) -> Outcome:
    """Whether a tag that may move is asked for only once."""
    match subject.image, subject.pull_policy:
        case (Unknown(reason), _) | (_, Unknown(reason)):
            return Undecided(why=reason)
        case Known(image), Known(policy):
            if "@" in image or policy == "Always" or (not policy and _latest(image)):
                return Holds()
            return Broken(because=f"{image} is not asked for again ({policy or 'IfNotPresent, by default'})", at=subject.at)


def _latest(image: str) -> bool:
    """Whether Kubernetes itself takes Always for it."""
    _, colon, tag = image.rpartition("/")[2].partition(":")
    return not colon or tag == "latest"
