"""A container listens on a port below 1024.

It needs a capability or root for it, which it could do without: a Service can map any port to any other.
"""

from ringfence.formats.kubernetes_container import Container
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="privileged-port-used",
    severity="negligible",
    kind="misconfiguration",
    remedy="Listen on a port above 1023; map it in the Service.",
    references=("https://kubernetes.io/docs/concepts/services-networking/service/",),
    aliases=(
        "KSV-0117",
        "KL-privileged-ports",
    ),
)


def check(subject: Container) -> Outcome:
    """The ports it says it listens on."""
    match subject.ports:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(ports) if low := [port for port in ports if 0 < port < 1024]:
            return Broken(because=f"it listens on {low[0]}", at=subject.at)
        case Known():
            return Holds()
