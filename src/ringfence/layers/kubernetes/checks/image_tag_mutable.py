"""An image is named by a tag that can be moved.

Without a digest the registry decides at each pull what runs: a new `latest`, or an attacker's push to the same tag, comes in
without any change to the manifest, and two nodes may run different programs under one name.

A version tag is moved less often than `latest`, and rated lower. Only `name@sha256:...` holds still.
"""

from ringfence.formats.kubernetes_container import Container
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="image-tag-mutable",
    severity="medium",
    kind="misconfiguration",
    remedy="Write the digest: `name:tag@sha256:...`; tools that update dependencies keep it current.",
    references=("https://kubernetes.io/docs/concepts/containers/images/#image-names",),
)


def check(subject: Container) -> Outcome:
    """Whether the reference has a digest, a tag, or none."""
    match subject.image:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(image):
            if "@" in image:
                return Holds()
            # A colon before the last slash belongs to the registry's port.
            _, colon, tag = image.rpartition("/")[2].partition(":")
            if not colon or tag == "latest":
                return Broken(because=f"{image} is whatever the registry calls latest", at=subject.at)
            return Broken(because=f"{image} has a tag and no digest", at=subject.at, severity=Severity.LOW)
