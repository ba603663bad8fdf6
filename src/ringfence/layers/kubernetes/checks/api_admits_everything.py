"""The API server admits everything without a look.

The plugin AlwaysAdmit was made for tests: it does nothing, and says that all is well.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked, has
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="api-admits-everything",
    severity="high",
    kind="misconfiguration",
    remedy="Take AlwaysAdmit out of `--enable-admission-plugins`.",
    references=("https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/",),
    aliases=("CIS-1.2.10",),
)


def check(subject: Component) -> Outcome:
    """What `--enable-admission-plugins` says, or its default."""
    return asked(
        subject,
        "kube-apiserver",
        "enable-admission-plugins",
        lambda value: not has(value, "AlwaysAdmit"),
        "nothing is looked at before it is stored",
    )
