"""A workload stands in the namespace default.

Roles, network policies and quotas are drawn around namespaces. What stands in `default` is inside none, with everything
else that nobody placed.
"""

from ringfence.formats.kubernetes_pod import PodSpec
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, Outcome

CHECK = Check(
    slug="default-namespace-used",
    severity="negligible",
    kind="misconfiguration",
    remedy="Give it a namespace of its own.",
    references=("https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/",),
    aliases=(
        "KSV-0110",
        "CIS-5.6.4",
        "CKV_K8S_21",
    ),
)


def check(subject: PodSpec) -> Outcome:
    """Whether the namespace default is written; one that is not written is for the client to choose."""
    if subject.owner.namespace != "default":
        return Holds()
    return Broken(because=f"{subject.owner.kind} {subject.owner.name} stands in default", at=subject.at)
