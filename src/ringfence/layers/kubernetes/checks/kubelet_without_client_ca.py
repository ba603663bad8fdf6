"""The kubelet knows no authority for client certificates.

It cannot tell the API server from anybody else then.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="kubelet-without-client-ca",
    severity="high",
    kind="misconfiguration",
    remedy="Set `authentication.x509.clientCAFile`.",
    references=("https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/",),
    aliases=("CIS-4.2.3",),
)


def check(subject: Component) -> Outcome:
    """What `--client-ca-file` says, or its default."""
    return asked(subject, "kubelet", "client-ca-file", bool, "it cannot know who asks")
