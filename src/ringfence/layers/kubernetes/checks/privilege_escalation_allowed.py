"""A container says that its processes may gain privileges.

`allowPrivilegeEscalation: true` lets set-user-id programs work: a way from an ordinary user to root inside. Left out it
is true as well, which another check tells (`new-privileges-allowed`).
"""

from ringfence.formats.kubernetes_pod import PodContainer
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="privilege-escalation-allowed",
    severity="low",
    kind="misconfiguration",
    remedy="Set `allowPrivilegeEscalation: false`.",
    references=("https://kubernetes.io/docs/tasks/configure-pod-container/security-context/",),
    aliases=(
        "KSV-0001",
        "CIS-5.2.6",
        "CKV_K8S_20",
        "PSS-restricted",
    ),
)


def check(subject: PodContainer) -> Outcome:
    """What the container says of it."""
    setting = subject.security.allow_privilege_escalation
    match setting.value:
        case Unknown(reason):
            return Undecided(why=reason)
        case Known(True):
            return Broken(because="it asks for what could be refused at no cost", at=setting.at)
        case _:
            return Holds()
