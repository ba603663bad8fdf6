"""The API server hands out profiles of itself.

Profiles tell of its memory and its inner state, and making one slows it down. On unless it is turned off.
"""

from ringfence.formats.kubernetes_component import Component
from ringfence.layers.kubernetes.evaluate.flags import asked, off
from ringfence.model.declare import Check
from ringfence.model.outcome import Outcome

CHECK = Check(
    slug="api-profiling-open",
    severity="low",
    kind="misconfiguration",
    remedy="Set `--profiling=false`.",
    references=("https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/",),
    aliases=("CIS-1.2.16",),
)


def check(subject: Component) -> Outcome:
    """What `--profiling` says, or its default."""
    return asked(subject, "kube-apiserver", "profiling", off, "profiles are handed out")
