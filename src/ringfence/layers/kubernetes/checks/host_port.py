"""A container takes a port of the node.

A host port is open on the node's own addresses, past Services and often past NetworkPolicies, on whichever node the pod
lands; and no second pod with it fits there.

Ingress controllers and node agents on bare metal use host ports on purpose.
"""

from ringfence.formats.kubernetes_container import Container
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="host-port",
    severity="medium",
    kind="misconfiguration",
    remedy="Drop `hostPort` and reach the pod through a Service.",
    references=("https://kubernetes.io/docs/concepts/security/pod-security-standards/",),
    aliases=("CIS-5.2.13",),
)


def check(subject: Container) -> Outcome:
    """The ports of the node it takes."""
    taken = [item for item in subject.host_ports if isinstance(item.port, Known)]
    if taken:
        numbers = ", ".join(str(item.port.value) for item in taken if isinstance(item.port, Known))
        return Broken(because=f"it takes port {numbers} of its node", at=taken[0].at)
    for item in subject.host_ports:
        if isinstance(item.port, Unknown):
            return Undecided(why=item.port.reason)
    return Holds()
