"""Nobody writes down who did what.

Without an audit log an intrusion cannot be followed afterwards: not which Secrets were read, not who ran a command in
which pod.

A webhook that takes the events (`--audit-webhook-config-file`) does as well.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="api-without-audit-log",
    severity="medium",
    kind="misconfiguration",
    remedy="Set `--audit-log-path` and an `--audit-policy-file`.",
    references=("https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/",),
    aliases=(
        "CIS-1.2.17",
        "NSA-audit-logging",
    ),
)


def check(subject: Component) -> Outcome:
    """What `--audit-log-path` says, or its default."""
    return asked(subject, "kube-apiserver", "audit-log-path", bool, "no request is written down")
