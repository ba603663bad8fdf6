"""A container chooses its own SELinux label.

A label decides what the container may touch on nodes with SELinux. Types other than those for containers (`spc_t`, types
of host services) lift the walls; a user or role changes which policy applies.

A type made for the workload and no wider than a container's is fine, and Pod Security cannot know it.
"""

from ringfence.formats.kubernetes_pod import PodContainer, SecurityContext
from ringfence.layers.kubernetes.evaluate.pod_security_baseline import SELINUX_TYPES
from ringfence.model.declare import Check
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.outcome import Broken, Holds, Outcome, Undecided

CHECK = Check(
    slug="selinux-options-custom",
    severity="medium",
    kind="misconfiguration",
    remedy="Leave `seLinuxOptions` out, or use `container_t` and a level of its own.",
    references=("https://kubernetes.io/docs/concepts/security/pod-security-standards/",),
    aliases=(
        "KSV-0025",
        "PSS-baseline",
    ),
)


def check(subject: PodContainer) -> Outcome:
    """The label's type, user and role."""
    security: SecurityContext = subject.security
    for setting in (security.selinux_type, security.selinux_user, security.selinux_role):
        if isinstance(setting.value, Unknown):
            return Undecided(why=setting.value.reason)
    kind = security.selinux_type.value
    if isinstance(kind, Known) and kind.value not in SELINUX_TYPES[31]:
        return Broken(because=f"its type is {kind.value}", at=security.selinux_type.at)
    for name, setting in (("user", security.selinux_user), ("role", security.selinux_role)):
        if isinstance(setting.value, Known) and setting.value.value:
            return Broken(because=f"it names the {name} {setting.value.value}", at=setting.at)
    return Holds()
