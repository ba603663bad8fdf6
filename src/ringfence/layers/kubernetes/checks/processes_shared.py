"""The containers of a pod see and may change each other.

With `shareProcessNamespace` each container can read the memory, environment and files of the others through /proc: the
weakest one speaks for all.

Debugging and some sidecars need it.
"""

from ringfence.formats.kubernetes_pod import PodSpec
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="processes-shared",
    severity="low",
    kind="misconfiguration",
    remedy="Take `shareProcessNamespace` out.",
    references=("https://kubernetes.io/docs/tasks/configure-pod-container/share-process-namespace/",),
    aliases=(
        "CKV_K8S_17",
        "NSA-pod-security",
    ),
)


def check(subject: PodSpec) -> Outcome:
    """What the pod says of it."""
    setting = subject.share_process_namespace
    match setting.value:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(True):
            return Broken(because="its containers share their processes", at=setting.at)
        case _:
            return Holds()
