"""The kubelet's serving certificate is not renewed by the cluster.

It makes one itself that nobody can check, or has one that lasts for years.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked, on
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="kubelet-serving-certificate-not-rotated",
    severity="low",
    kind="misconfiguration",
    remedy="Set `serverTLSBootstrap: true`, and approve the requests by a controller.",
    references=("https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/",),
    aliases=("CIS-4.2.12",),
)


def check(subject: Component) -> Outcome:
    """What `--rotate-server-certificates` says, or its default."""
    return asked(subject, "kubelet", "rotate-server-certificates", on, "its serving certificate is not renewed")
