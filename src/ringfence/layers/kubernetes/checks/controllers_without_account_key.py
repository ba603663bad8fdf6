"""Service account tokens have no key of their own.

Tokens are signed with this key; without it no tokens of the old kind are made, or with the TLS key.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="controllers-without-account-key",
    severity="low",
    kind="misconfiguration",
    remedy="Set `--service-account-private-key-file`.",
    references=("https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/",),
    aliases=("CIS-1.3.4",),
)


def check(subject: Component) -> Outcome:
    """What `--service-account-private-key-file` says, or its default."""
    return asked(subject, "kube-controller-manager", "service-account-private-key-file", bool, "tokens have no signing key")
