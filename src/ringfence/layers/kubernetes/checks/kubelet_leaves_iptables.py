"""The kubelet does not keep its packet rules.

Rules that keep traffic from outside away from local services are then up to somebody else.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked, off
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="kubelet-leaves-iptables",
    severity="low",
    kind="misconfiguration",
    remedy="Leave `makeIPTablesUtilChains` at its default, true.",
    references=("https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/",),
    aliases=("CIS-4.2.7",),
)


def check(subject: Component) -> Outcome:
    """What `--make-iptables-util-chains` says, or its default."""
    return asked(
        subject, "kubelet", "make-iptables-util-chains", lambda value: not off(value), "its packet rules are not kept"
    )
