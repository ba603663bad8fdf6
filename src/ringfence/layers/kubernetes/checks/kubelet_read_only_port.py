"""The kubelet tells everyone about its pods.

Port 10255 answers without credentials or TLS: names, images, environment of every pod on the node. On the command line it
is open by default; in a configuration file it is not.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="kubelet-read-only-port",
    severity="high",
    kind="misconfiguration",
    remedy="Set `readOnlyPort: 0`.",
    references=("https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/",),
    aliases=(
        "CIS-4.2.4",
        "MITRE-T1613",
    ),
)


def check(subject: Component) -> Outcome:
    """What `--read-only-port` says, or its default."""
    return asked(subject, "kubelet", "read-only-port", lambda value: value == "0", "its read-only port is open")
