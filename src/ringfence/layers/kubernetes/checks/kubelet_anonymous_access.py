"""The kubelet answers requests of nobody.

Whoever reaches port 10250 of the node may list its pods and run commands in them, if authorisation lets them. On the
command line that is the default; in a configuration file it is not.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked, off
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="kubelet-anonymous-access",
    severity="critical",
    kind="misconfiguration",
    remedy="Set `authentication.anonymous.enabled: false`.",
    references=("https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/",),
    aliases=(
        "CIS-4.2.1",
        "MITRE-T1609",
    ),
)


def check(subject: Component) -> Outcome:
    """What `--anonymous-auth` says, or its default."""
    return asked(subject, "kubelet", "anonymous-auth", off, "requests without credentials are answered")
