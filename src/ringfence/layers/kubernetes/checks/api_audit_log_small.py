"""Files of the audit log are small.

Small files are rotated soon, and with a limit on their number old entries go early.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked, least
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="api-audit-log-small",
    severity="negligible",
    kind="misconfiguration",
    remedy="Set `--audit-log-maxsize=100` or more (megabytes).",
    references=("https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/",),
    aliases=("CIS-1.2.20",),
)


def check(subject: Component) -> Outcome:
    """What `--audit-log-maxsize` says, or its default."""
    return asked(
        subject, "kube-apiserver", "audit-log-maxsize", lambda value: least(value, 100), "files are rotated below 100 MB"
    )
