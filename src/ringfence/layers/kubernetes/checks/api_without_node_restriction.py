"""A kubelet may change the objects of other nodes.

Without the plugin NodeRestriction whoever breaks one node may label others, move their pods to itself, and make tokens
for them.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked, has
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="api-without-node-restriction",
    severity="medium",
    kind="misconfiguration",
    remedy="Add NodeRestriction to `--enable-admission-plugins`.",
    references=("https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/",),
    aliases=(
        "CIS-1.2.15",
        "MITRE-T1098",
    ),
)


def check(subject: Component) -> Outcome:
    """What `--enable-admission-plugins` says, or its default."""
    return asked(
        subject,
        "kube-apiserver",
        "enable-admission-plugins",
        lambda value: has(value, "NodeRestriction"),
        "one node may change others",
    )
