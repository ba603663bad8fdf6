"""A Service is open to outside the cluster.

A LoadBalancer has an address of the outer network, a NodePort a port on every node, and an external IP draws traffic of an
address that nobody has proved to be theirs (CVE-2020-8554). Each is a way in that an Ingress would put behind one door.

Most clusters have a few on purpose: this tells which. One that a provider keeps inside by an annotation, or that admits
only listed networks, is not meant.
"""

from ringfence.formats.kubernetes_network import Service
from ringfence.model.declare import Check
from ringfence.model.finding import Severity
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="service-exposed",
    severity="low",
    kind="misconfiguration",
    remedy="Make it `ClusterIP` behind an Ingress or Gateway, or list who may ask in `loadBalancerSourceRanges`.",
    references=("https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types",),
)

ANYONE = frozenset({"0.0.0.0/0", "::/0"})
"""Source ranges that leave nobody out."""


def check(subject: Service) -> Outcome:
    """How it can be reached from outside."""
    ports = f" on port {', '.join(subject.ports[:5])}" if subject.ports else ""
    if subject.external_ips:
        because = f"{subject.name} takes traffic to {', '.join(subject.external_ips[:5])}"
        return Broken(because=because, at=subject.at, severity=Severity.MEDIUM)
    match subject.type:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known("LoadBalancer"):
            listed = bool(subject.sources) and not ANYONE & set(subject.sources)
            if subject.internal or listed:
                return Holds()
            return Broken(because=f"{subject.name} is a load balancer open to the outside{ports}", at=subject.at)
        case Known("NodePort"):
            return Broken(because=f"{subject.name} is open on every node{ports}", at=subject.at)
        case Known():
            return Holds()
