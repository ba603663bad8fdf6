"""Events may flood the API server.

A workload that makes events without end fills etcd and slows every other request. The plugin EventRateLimit holds it
back.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked, has
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="api-without-event-limit",
    severity="negligible",
    kind="misconfiguration",
    remedy="Add EventRateLimit to `--enable-admission-plugins`, with a configuration.",
    references=("https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/",),
    aliases=("CIS-1.2.9",),
)


def check(subject: Component) -> Outcome:
    """What `--enable-admission-plugins` says, or its default."""
    return asked(
        subject,
        "kube-apiserver",
        "enable-admission-plugins",
        lambda value: has(value, "EventRateLimit"),
        "events are not limited",
    )
