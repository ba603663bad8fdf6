"""Tokens of deleted service accounts still work.

Without a look into etcd a token is good as long as its signature is, whether or not its account was deleted to shut
somebody out.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked, off
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="api-keeps-deleted-accounts",
    severity="medium",
    kind="misconfiguration",
    remedy="Take `--service-account-lookup=false` out.",
    references=("https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/",),
    aliases=("CIS-1.2.22",),
)


def check(subject: Component) -> Outcome:
    """What `--service-account-lookup` says, or its default."""
    return asked(
        subject,
        "kube-apiserver",
        "service-account-lookup",
        lambda value: not off(value),
        "tokens of deleted accounts are accepted",
    )
