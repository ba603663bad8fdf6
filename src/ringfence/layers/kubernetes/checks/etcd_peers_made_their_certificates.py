"""Members of etcd have made their certificates themselves.

Certificates that nobody signed cannot be checked by the other members.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked, on
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="etcd-peers-made-their-certificates",
    severity="medium",
    kind="misconfiguration",
    remedy="Take `--peer-auto-tls` out; give them signed certificates.",
    references=("https://etcd.io/docs/v3.5/op-guide/security/",),
    aliases=("CIS-2.6",),
)


def check(subject: Component) -> Outcome:
    """What `--peer-auto-tls` says, or its default."""
    return asked(subject, "etcd", "peer-auto-tls", lambda value: not on(value), "members cannot check each other")
