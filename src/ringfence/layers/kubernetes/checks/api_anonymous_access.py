"""The API server answers requests of nobody.

A request without credentials is taken as `system:anonymous` instead of being refused. Whatever is granted to that name,
by mistake too, is granted to the whole network; and the server's version and health are told to anyone.

Load balancers that check health without credentials, and kubeadm's discovery of a cluster by joining nodes, need it.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked, off
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="api-anonymous-access",
    severity="medium",
    kind="misconfiguration",
    remedy="Set `--anonymous-auth=false`, or limit it to the health endpoints with an AuthenticationConfiguration.",
    references=("https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/",),
    aliases=(
        "CIS-1.2.1",
        "MITRE-T1078",
    ),
)


def check(subject: Component) -> Outcome:
    """What `--anonymous-auth` says, or its default."""
    return asked(subject, "kube-apiserver", "anonymous-auth", off, "requests without credentials are answered")
