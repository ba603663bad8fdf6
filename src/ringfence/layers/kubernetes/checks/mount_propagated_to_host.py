"""What a container mounts appears on its node.

With `mountPropagation: Bidirectional` a mount made inside the container is made in the node's own tree too, where other
pods and the node's programs see it. Only privileged containers may; drivers of storage need it.
"""

from ringfence.formats.kubernetes_pod import PodContainer
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, Outcome

CHECK = Check(
    slug="mount-propagated-to-host",
    severity="high",
    kind="misconfiguration",
    remedy="Use HostToContainer or leave it out.",
    references=("https://kubernetes.io/docs/concepts/storage/volumes/#mount-propagation",),
    aliases=("MITRE-T1611",),
)


def check(subject: PodContainer) -> Outcome:
    """The mounts that are passed on in both directions."""
    found = [mount for mount in subject.mounts if mount.propagation == "Bidirectional"]
    if not found:
        return Holds()
    return Broken(because=f"mounts below {found[0].destination} appear on the node", at=found[0].at)
