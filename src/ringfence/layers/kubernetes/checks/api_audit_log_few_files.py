"""Few old files of the audit log are kept.

Files are rotated by size: a busy hour, or an attacker's noise, pushes the traces of the hour before out.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked, least
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="api-audit-log-few-files",
    severity="negligible",
    kind="misconfiguration",
    remedy="Set `--audit-log-maxbackup=10` or more.",
    references=("https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/",),
    aliases=("CIS-1.2.19",),
)


def check(subject: Component) -> Outcome:
    """What `--audit-log-maxbackup` says, or its default."""
    return asked(
        subject, "kube-apiserver", "audit-log-maxbackup", lambda value: least(value, 10), "fewer than 10 old files are kept"
    )
