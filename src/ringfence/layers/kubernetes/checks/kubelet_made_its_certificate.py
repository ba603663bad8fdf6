"""The kubelet has made its certificate itself.

The API server cannot check a certificate nobody signed. Where the kubelet asks the cluster for one (`serverTLSBootstrap`)
no file is named.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import paired
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="kubelet-made-its-certificate",
    severity="medium",
    kind="misconfiguration",
    remedy="Set `tlsCertFile` and `tlsPrivateKeyFile`, or `serverTLSBootstrap: true` and approve the requests.",
    references=("https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/",),
    aliases=("CIS-4.2.10",),
)


def check(subject: Component) -> Outcome:
    """Whether `--tls-cert-file` and `--tls-private-key-file` are set."""
    return paired(
        subject, "kubelet", ("tls-cert-file", "tls-private-key-file"), "whom the API server talks to cannot be checked"
    )
