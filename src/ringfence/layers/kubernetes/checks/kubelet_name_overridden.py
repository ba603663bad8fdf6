"""The kubelet takes another name than its node has.

Certificates are made out to names; a name given by hand may be that of another node. Some cloud providers need it.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="kubelet-name-overridden",
    severity="low",
    kind="misconfiguration",
    remedy="Take `--hostname-override` out.",
    references=("https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/",),
    aliases=("CIS-4.2.8",),
)


def check(subject: Component) -> Outcome:
    """What `--hostname-override` says, or its default."""
    return asked(subject, "kubelet", "hostname-override", lambda value: not value, "its name is given by hand")
