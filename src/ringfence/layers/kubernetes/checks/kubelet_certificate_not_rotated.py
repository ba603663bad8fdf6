"""The kubelet does not renew its certificate.

When it ends the node drops out; to avoid that people make certificates that last for years, and so does a stolen one.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked, off
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="kubelet-certificate-not-rotated",
    severity="low",
    kind="misconfiguration",
    remedy="Set `rotateCertificates: true`.",
    references=("https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/",),
    aliases=("CIS-4.2.11",),
)


def check(subject: Component) -> Outcome:
    """What `--rotate-certificates` says, or its default."""
    return asked(subject, "kubelet", "rotate-certificates", lambda value: not off(value), "its certificate is not renewed")
