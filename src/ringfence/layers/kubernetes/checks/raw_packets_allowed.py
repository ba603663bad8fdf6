"""A container may make raw network packets.

With NET_RAW, which the runtime gives by default, a container can pretend to be its neighbours on the node's network
(CVE-2020-14386 began there too).

Programs that ping need it.
"""

from ringfence.formats.kubernetes_pod import PodContainer
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="raw-packets-allowed",
    severity="low",
    kind="misconfiguration",
    remedy="Drop NET_RAW, or ALL.",
    references=("https://kubernetes.io/docs/tasks/configure-pod-container/security-context/",),
    aliases=(
        "KSV-0119",
        "CIS-5.2.8",
        "CKV_K8S_28",
    ),
)


def check(subject: PodContainer) -> Outcome:
    """What the container says of it."""
    setting = subject.security.capabilities
    match setting.value:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(change):
            dropped = {name.upper().removeprefix("CAP_") for name in change.drop}
            added = {name.upper().removeprefix("CAP_") for name in change.add}
            if added & {"NET_RAW", "ALL"} or not dropped & {"NET_RAW", "ALL"}:
                return Broken(because="it keeps NET_RAW", at=setting.at)
            return Holds()
        case None:
            return Broken(because="it keeps NET_RAW, which the runtime gives by default", at=setting.at)
