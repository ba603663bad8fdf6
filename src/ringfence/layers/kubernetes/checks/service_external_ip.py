"""A Service claims an address that nobody gave it.

Traffic of the cluster to that address comes to the Service's pods, whoever the address belongs to (CVE-2020-8554): a way
to stand between others.
"""

from ringfence.formats.kubernetes_network import Service
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, Outcome

CHECK = Check(
    slug="service-external-ip",
    severity="medium",
    kind="misconfiguration",
    remedy="Use a load balancer or an Ingress.",
    references=("https://nvd.nist.gov/vuln/detail/CVE-2020-8554",),
    aliases=(
        "KSV-0108",
        "CKV_K8S_external-ip",
        "MITRE-T1557",
    ),
)


def check(subject: Service) -> Outcome:
    """The external addresses it names."""
    if not subject.external_ips:
        return Holds()
    return Broken(because=f"{subject.name} claims {', '.join(subject.external_ips)}", at=subject.at)
