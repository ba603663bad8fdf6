"""The API server accepts passwords out of a file.

Static tokens never expire, stand in clear on the disk, and can only be changed by restarting the API server.

There is no reason left for them: bootstrap tokens and service account tokens end by themselves.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="api-token-file",
    severity="high",
    kind="misconfiguration",
    remedy="Take `--token-auth-file` out; use certificates, OpenID Connect or bootstrap tokens.",
    references=("https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/",),
    aliases=(
        "CIS-1.2.2",
        "MITRE-T1552",
    ),
)


def check(subject: Component) -> Outcome:
    """What `--token-auth-file` says, or its default."""
    return asked(
        subject, "kube-apiserver", "token-auth-file", lambda value: value is None, "tokens that never expire are accepted"
    )
