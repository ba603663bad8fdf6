"""Services may claim any address of the network.

Whoever may create a Service with `externalIPs` can have traffic that pods send to that address come to itself
(CVE-2020-8554). The admission plugin DenyServiceExternalIPs refuses such Services.

Clusters on bare metal without another way of giving addresses use external IPs on purpose.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked, has
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="api-external-ips-allowed",
    severity="low",
    kind="misconfiguration",
    remedy="Add DenyServiceExternalIPs to `--enable-admission-plugins`.",
    references=("https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/",),
    aliases=("CIS-1.2.3",),
)


def check(subject: Component) -> Outcome:
    """What `--enable-admission-plugins` says, or its default."""
    return asked(
        subject,
        "kube-apiserver",
        "enable-admission-plugins",
        lambda value: has(value, "DenyServiceExternalIPs"),
        "Services may claim addresses of others",
    )
