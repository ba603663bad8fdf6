"""Any image is run, whoever made it.

Podman, Buildah, Skopeo and CRI-O ask /etc/containers/policy.json whether an image must be signed, and by whom. With
`insecureAcceptAnything` as the default, as it ships, who controls a registry or the way to it decides what runs here.

It is wanted on a developer's machine; on a server that runs images of a few makers, name them and refuse the rest.
"""

from ringfence.formats.image_trust import ACCEPTS
from ringfence.layers.runtime.facts import ImageTrust
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="image-policy-accepts-anything",
    severity="low",
    kind="integrity",
    remedy="Set `default` to `reject` and give each registry a `sigstoreSigned` or `signedBy` rule.",
    references=("https://github.com/containers/image/blob/main/docs/containers-policy.json.5.md",),
    aliases=("CIS-Docker-4.5",),
)


def check(trust: ImageTrust) -> Outcome:
    """By the default rule, which counts for every image that no other rule names."""
    match trust.policy:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(policy) if policy.default == ACCEPTS:
            others = f"; {policy.checked} scopes are checked" if policy.checked else ""
            return Broken(because=f"images that no rule names need no signature{others}", at=trust.at)
        case Known(_):
            return Holds()
