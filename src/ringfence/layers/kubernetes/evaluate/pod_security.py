"""The Pod Security Standards: whether the API server would let a pod into a namespace that enforces a level.

Which check is in force in which version, and the order of reasons. Sources: kubernetes.io "Pod Security Standards"; the
behaviour of staging/src/k8s.io/pod-security-admission at v1.37 (which restricted check takes the place of a baseline one).
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from ringfence.formats.kubernetes_pod import PodSpec, Setting
from ringfence.formats.pod_security_standard import LATEST, Level, Standard
from ringfence.layers.kubernetes.evaluate import pod_security_baseline as baseline
from ringfence.layers.kubernetes.evaluate import pod_security_restricted as restricted
from ringfence.layers.kubernetes.evaluate.violations import Violation
from ringfence.model.knowledge import Unknown

Judge = Callable[[PodSpec], Violation | None]


class _Rule(NamedTuple):
    """A check of the standard: its id, the versions at which it changes, and the baseline check it takes the place of."""

    id: str
    since: tuple[tuple[int, Judge], ...]
    instead_of: str = ""

    def at(self, minor: int) -> Judge | None:
        """The form the check has in a version; None before it exists."""
        fitting = [judge for first, judge in self.since if first <= minor]
        return fitting[-1] if fitting else None


BASELINE = (
    _Rule("appArmorProfile", ((0, baseline.apparmor),)),
    _Rule("capabilities_baseline", ((0, baseline.capabilities),)),
    _Rule("hostNamespaces", ((0, baseline.host_namespaces),)),
    _Rule("hostPathVolumes", ((0, baseline.host_path_volumes),)),
    _Rule("hostPorts", ((0, baseline.host_ports),)),
    _Rule("hostProbesAndHostLifecycle", ((34, baseline.handler_hosts),)),
    _Rule("privileged", ((0, baseline.privileged),)),
    _Rule("procMount", ((0, baseline.proc_mount), (35, baseline.proc_mount_outside_user_namespaces))),
    _Rule("seLinuxOptions", ((0, baseline.selinux(0)), (31, baseline.selinux(31)))),
    _Rule("seccompProfile_baseline", ((0, baseline.seccomp_annotations), (19, baseline.seccomp))),
    _Rule("sysctls", tuple((minor, baseline.sysctls(minor)) for minor in (0, 27, 29, 32, 37))),
    _Rule("windowsHostProcess", ((0, baseline.host_process),)),
)
RESTRICTED = (
    _Rule(
        "allowPrivilegeEscalation",
        ((8, restricted.privilege_escalation), (25, restricted.unless_windows(restricted.privilege_escalation))),
    ),
    _Rule(
        "capabilities_restricted",
        ((22, restricted.capabilities), (25, restricted.unless_windows(restricted.capabilities))),
        "capabilities_baseline",
    ),
    _Rule("procMount_restricted", ((35, baseline.proc_mount),), "procMount"),
    _Rule("restrictedVolumes", ((0, restricted.volumes),), "hostPathVolumes"),
    _Rule(
        "runAsNonRoot",
        ((0, restricted.run_as_non_root), (35, restricted.unless_user_namespace(restricted.run_as_non_root))),
    ),
    _Rule("runAsUser", ((23, restricted.run_as_user), (35, restricted.unless_user_namespace(restricted.run_as_user)))),
    _Rule(
        "seccompProfile_restricted",
        ((19, restricted.seccomp), (25, restricted.unless_windows(restricted.seccomp))),
        "seccompProfile_baseline",
    ),
)


def violations(pod: PodSpec, asked: Standard) -> tuple[Violation, ...]:
    """What of the standard the pod breaks, in the server's order; what cannot be read counts as not set (`unreadable`)."""
    return tuple(found for judge in _judges(asked) if (found := judge(pod)))


def _judges(asked: Standard) -> Iterator[Judge]:
    minor = min(asked.minor, LATEST)
    if asked.level is Level.PRIVILEGED:
        return
    stricter = RESTRICTED if asked.level is Level.RESTRICTED else ()
    replaced = {rule.instead_of for rule in stricter if rule.at(minor)}
    for rule in (*(rule for rule in BASELINE if rule.id not in replaced), *stricter):
        judge = rule.at(minor)
        if judge:
            yield judge


def forbidden(found: tuple[Violation, ...]) -> str:
    """The server's text for refusing, as it stands after `violates PodSecurity "...": `; empty if it would not."""
    return ", ".join(f"{item.reason} ({item.detail})" for item in found)


def unreadable(pod: PodSpec) -> str:
    """Why the pod cannot be judged: the first setting that is a template or of the wrong type; empty if all can be read."""
    for settings in (pod, pod.security, *(item.security for item in pod.containers)):
        for name in settings.__struct_fields__:
            value = getattr(settings, name)
            if isinstance(value, Setting) and isinstance(value.value, Unknown):
                return value.value.reason
    for item in pod.containers:
        for port in item.container.host_ports:
            if isinstance(port.port, Unknown):
                return port.port.reason
    return ""
