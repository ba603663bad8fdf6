"""A container adds a capability.

Each capability is a part of root's power. NET_BIND_SERVICE, to listen on ports below 1024, is the one that costs nothing.

Which of them open the node is another check's matter (`dangerous-capability`).
"""

from ringfence.formats.kubernetes_pod import PodContainer
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="capability-added",
    severity="low",
    kind="misconfiguration",
    remedy="Take it out; let it listen on a high port, or give the one file it needs.",
    references=("https://kubernetes.io/docs/tasks/configure-pod-container/security-context/",),
    aliases=(
        "KSV-0022",
        "CIS-5.2.9",
        "CKV_K8S_25",
    ),
)


def check(subject: PodContainer) -> Outcome:
    """What the container says of it."""
    setting = subject.security.capabilities
    match setting.value:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(change):
            extra = [name for name in change.add if name.upper().removeprefix("CAP_") != "NET_BIND_SERVICE"]
            return Broken(because=f"it adds {', '.join(extra)}", at=setting.at) if extra else Holds()
        case None:
            return Holds()
