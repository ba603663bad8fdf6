"""The API server offers weak ciphers.

Suites with RSA key exchange keep no secret once the key is lost, and CBC or 3DES have known attacks.

Left unset, Go's own order is used, which is sound.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked, strong
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="api-weak-ciphers",
    severity="low",
    kind="misconfiguration",
    remedy="Leave `--tls-cipher-suites` out, or name only ECDHE suites with GCM or CHACHA20.",
    references=("https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/",),
    aliases=("CIS-1.2.30",),
)


def check(subject: Component) -> Outcome:
    """What `--tls-cipher-suites` says, or its default."""
    return asked(subject, "kube-apiserver", "tls-cipher-suites", strong, "suites with known weaknesses are offered")
