"""A probe or hook asks another host than the pod.

The kubelet makes the request, from the node: past network policies, and to addresses that only nodes may ask, such as the
cloud's metadata. What comes back shows in events.

Since 1.34 Pod Security refuses it.
"""

from ringfence.formats.kubernetes_pod import PodContainer
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, Outcome

CHECK = Check(
    slug="handler-asks-another-host",
    severity="medium",
    kind="misconfiguration",
    remedy="Take `host` out of the probe or hook.",
    references=("https://kubernetes.io/docs/concepts/security/pod-security-standards/",),
    aliases=(
        "PSS-baseline",
        "MITRE-T1552",
    ),
)


def check(subject: PodContainer) -> Outcome:
    """The hosts that its handlers name."""
    if not subject.handler_hosts:
        return Holds()
    names = ", ".join(item.name for item in subject.handler_hosts)
    return Broken(because=f"the node asks {names} for it", at=subject.handler_hosts[0].at)
