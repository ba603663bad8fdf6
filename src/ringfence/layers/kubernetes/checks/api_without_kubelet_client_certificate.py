"""The API server shows kubelets no certificate.

Kubelets cannot tell the API server from anybody else then, and must answer everybody or nobody.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import paired
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="api-without-kubelet-client-certificate",
    severity="medium",
    kind="misconfiguration",
    remedy="Set `--kubelet-client-certificate` and `--kubelet-client-key`.",
    references=("https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/",),
    aliases=("CIS-1.2.4",),
)


def check(subject: Component) -> Outcome:
    """Whether `--kubelet-client-certificate` and `--kubelet-client-key` are set."""
    return paired(
        subject, "kube-apiserver", ("kubelet-client-certificate", "kubelet-client-key"), "kubelets cannot know who asks"
    )
