"""An Ingress serves a host without TLS.

What passes between client and Ingress can be read and changed on the way: session cookies, credentials, pages.

Where TLS ends in front of the cluster, at a provider's load balancer with a certificate of its own, the Ingress shows it by
an annotation, or not at all.
"""

from ringfence.formats.kubernetes_network import Ingress
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="ingress-without-tls",
    severity="medium",
    kind="misconfiguration",
    remedy="Add `spec.tls` with the hosts and a certificate's Secret (cert-manager makes and renews it).",
    references=("https://kubernetes.io/docs/concepts/services-networking/ingress/#tls",),
)


def check(subject: Ingress) -> Outcome:
    """The hosts that no certificate is named for."""
    if subject.certificate_annotation or subject.default_certificate:
        return Holds()
    match subject.hosts, subject.tls_hosts:
        case (Unknown(reason), _) | (_, Unknown(reason)):
            return Undecided(why=reason)
        case Known(hosts), Known(secured):
            bare = [host for host in hosts or ("",) if not any(_covers(name, host) for name in secured)]
            if not bare:
                return Holds()
            names = ", ".join(host or "every host" for host in dict.fromkeys(bare))
            return Broken(because=f"{subject.name} serves {names} without TLS", at=subject.at)


def _covers(certified: str, host: str) -> bool:
    """Whether a name covers a host, a wildcard standing for one label."""
    if certified.startswith("*."):
        return host == certified or host.partition(".")[2] == certified[2:]
    return host == certified
