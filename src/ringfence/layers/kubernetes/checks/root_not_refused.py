"""A container does not refuse to run as root.

Whether it runs as root is up to its image, and the image may change. `runAsNonRoot: true` has the kubelet refuse a start
as uid 0, whatever the image says.
"""

from ringfence.formats.kubernetes_pod import PodSpec
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, NotApplicable, Outcome, Undecided

CHECK = Check(
    slug="root-not-refused",
    severity="low",
    kind="misconfiguration",
    remedy="Set `runAsNonRoot: true`, in the pod or the container.",
    references=("https://kubernetes.io/docs/tasks/configure-pod-container/security-context/",),
    aliases=(
        "KSV-0012",
        "CIS-5.2.7",
        "CKV_K8S_23",
        "PSS-restricted",
        "NSA-non-root-containers",
    ),
)


def check(subject: PodSpec) -> Outcome:
    """The containers for which neither they nor the pod says so."""
    pods = subject.security.run_as_non_root.value
    user = subject.security.run_as_user.value
    silent = []
    for item in subject.containers:
        told = pods if item.security.run_as_non_root.value is None else item.security.run_as_non_root.value
        uid = user if item.security.run_as_user.value is None else item.security.run_as_user.value
        if isinstance(told, Unknown):
            return Undecided(why=told.reason)
        # A uid other than 0 says the same for as long as it stands there.
        if told != Known(True) and not (isinstance(uid, Known) and uid.value != 0):
            silent.append(item)
    if not subject.containers:
        return NotApplicable(why="it has no container")
    if not silent:
        return Holds()
    names = ", ".join(item.container.identity.container for item in silent)
    return Broken(because=f"{names} may run as root", at=silent[0].container.at)
