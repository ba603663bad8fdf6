"""The audit log is thrown away too soon.

Intrusions are noticed weeks after they happen on average; by then the log of them must still be there. A log that is
shipped off the node can be short.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked, least
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="api-audit-log-short",
    severity="low",
    kind="misconfiguration",
    remedy="Set `--audit-log-maxage=30` or more.",
    references=("https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/",),
    aliases=("CIS-1.2.18",),
)


def check(subject: Component) -> Outcome:
    """What `--audit-log-maxage` says, or its default."""
    return asked(
        subject,
        "kube-apiserver",
        "audit-log-maxage",
        lambda value: least(value, 30),
        "old entries are thrown away before 30 days",
    )
