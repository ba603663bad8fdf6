"""A container keeps the runtime's default capabilities.

Fourteen capabilities come by default, among them to change owners of files, to make device files and raw network packets.
Hardly any program needs one of them.

Drop ALL, and add back the one it needs.
"""

from ringfence.formats.kubernetes_pod import PodContainer
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="capabilities-kept",
    severity="low",
    kind="misconfiguration",
    remedy="Set `capabilities.drop: [ALL]`.",
    references=("https://kubernetes.io/docs/tasks/configure-pod-container/security-context/",),
    aliases=(
        "KSV-0003",
        "KSV-0106",
        "CIS-5.2.10",
        "CKV_K8S_37",
        "NSA-non-root-containers",
    ),
)


def check(subject: PodContainer) -> Outcome:
    """What the container says of it."""
    setting = subject.security.capabilities
    match setting.value:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(change) if "ALL" in {name.upper() for name in change.drop}:
            return Holds()
        case _:
            return Broken(because="it does not drop all capabilities", at=setting.at)
