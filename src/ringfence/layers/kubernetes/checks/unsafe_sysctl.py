"""A pod changes kernel settings that are not its own.

Only a few sysctls belong to a pod and cannot harm others. The kubelet refuses the rest unless it was told to allow them.
"""

from ringfence.formats.kubernetes_pod import PodSpec
from ringfence.layers.kubernetes.evaluate.pod_security_baseline import SYSCTLS
from ringfence.model.declare import Check
from ringfence.model.outcome import Broken, Holds, Outcome

CHECK = Check(
    slug="unsafe-sysctl",
    severity="medium",
    kind="misconfiguration",
    remedy="Take the sysctl out, or set it on nodes of its own.",
    references=("https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/",),
    aliases=(
        "KSV-0026",
        "PSS-baseline",
    ),
)


def check(subject: PodSpec) -> Outcome:
    """The sysctls that no version of the baseline calls safe."""
    found = [item for item in subject.sysctls if not any(item.name in names for names in SYSCTLS.values())]
    if not found:
        return Holds()
    return Broken(because=f"it sets {', '.join(item.name for item in found)}", at=found[0].at)
