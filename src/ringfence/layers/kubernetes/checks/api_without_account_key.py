"""Service account tokens are checked with a key meant for something else.

Without a key of its own the API server checks tokens with its TLS key, which can then not be changed without breaking
every token.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="api-without-account-key",
    severity="low",
    kind="misconfiguration",
    remedy="Set `--service-account-key-file`.",
    references=("https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/",),
    aliases=("CIS-1.2.23",),
)


def check(subject: Component) -> Outcome:
    """What `--service-account-key-file` says, or its default."""
    return asked(subject, "kube-apiserver", "service-account-key-file", bool, "tokens are checked with the TLS key")
