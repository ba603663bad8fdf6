"""The API server does not check kubelets' certificates.

`kubectl exec` and `logs` go to whatever answers at the address of the node, with the commands and the output readable on
the way.

Kubelets with certificates signed by themselves cannot be checked; let them ask the cluster to sign them first.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="api-without-kubelet-ca",
    severity="medium",
    kind="misconfiguration",
    remedy="Set `--kubelet-certificate-authority` to the authority that signs the kubelets' serving certificates.",
    references=("https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/",),
    aliases=(
        "CIS-1.2.5",
        "MITRE-T1557",
    ),
)


def check(subject: Component) -> Outcome:
    """What `--kubelet-certificate-authority` says, or its default."""
    return asked(subject, "kube-apiserver", "kubelet-certificate-authority", bool, "whatever answers at a node is believed")
