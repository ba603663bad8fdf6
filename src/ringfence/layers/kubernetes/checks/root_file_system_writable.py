"""A container may write to its own image's files.

Whoever breaks in can change the program, leave tools behind, and plant what runs at the next start. With a read-only root
they have only the volumes.

Programs that write need a volume for it: an emptyDir at `/tmp` is enough for most.
"""

from ringfence.formats.kubernetes_pod import PodContainer
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="root-file-system-writable",
    severity="low",
    kind="misconfiguration",
    remedy="Set `readOnlyRootFilesystem: true`, with an emptyDir where it writes.",
    references=("https://kubernetes.io/docs/tasks/configure-pod-container/security-context/",),
    aliases=(
        "KSV-0014",
        "NSA-immutable-container-file-systems",
        "CKV_K8S_22",
    ),
)


def check(subject: PodContainer) -> Outcome:
    """What the container says of it."""
    setting = subject.security.read_only_root
    match setting.value:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(True):
            return Holds()
        case _:
            return Broken(because="its root file system is writable", at=setting.at)
