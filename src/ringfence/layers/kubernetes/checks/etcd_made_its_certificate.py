"""etcd has made its certificates itself.

Certificates that nobody signed cannot be checked by clients.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked, on
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="etcd-made-its-certificate",
    severity="medium",
    kind="misconfiguration",
    remedy="Take `--auto-tls` out; give it signed certificates.",
    references=("https://etcd.io/docs/v3.5/op-guide/security/",),
    aliases=("CIS-2.3",),
)


def check(subject: Component) -> Outcome:
    """What `--auto-tls` says, or its default."""
    return asked(subject, "etcd", "auto-tls", lambda value: not on(value), "clients cannot check whom they talk to")
