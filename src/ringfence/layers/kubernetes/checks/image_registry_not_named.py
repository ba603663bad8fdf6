"""An image is named without its registry.

`nginx` is `docker.io/library/nginx` by a default of the runtime, which a node may be told to change: the same name is
another image elsewhere. Anyone may publish on a public registry under a name that is close.
"""

from ringfence.formats.kubernetes_container import Container
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="image-registry-not-named",
    severity="negligible",
    kind="misconfiguration",
    remedy="Write the whole name, from a registry you run or trust.",
    references=("https://kubernetes.io/docs/concepts/containers/images/#image-names",),
    aliases=(
        "KSV-0125",
        "CKV_K8S_registry",
    ),
)


def check(subject: Container) -> Outcome:
    """Whether the first part of the name is a host."""
    match subject.image:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(image):
            first, slash, _ = image.partition("/")
            if slash and ("." in first or ":" in first or first == "localhost"):
                return Holds()
            return Broken(because=f"{image} comes from the runtime's default registry", at=subject.at)
