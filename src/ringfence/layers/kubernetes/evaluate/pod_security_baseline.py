"""The checks of the baseline level, each with the server's wording. Which is in force from which version: `pod_security`."""

from collections.abc import Callable

from ringfence.formats.kubernetes_pod import (
    APPARMOR_ANNOTATION,
    SECCOMP_ANNOTATION,
    SECCOMP_POD_ANNOTATION,
    PodContainer,
    PodSpec,
    Profile,
    SecurityContext,
    Setting,
)
from ringfence.layers.kubernetes.evaluate.violations import (
    Violation,
    chosen,
    containers,
    is_set,
    plural,
    quoted,
    setters,
    uses,
)
from ringfence.model.knowledge import Known, known_or

CAPABILITIES = frozenset(
    {"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE"}
    | {"SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"}
)
"""What a container may add: the defaults of the runtimes, spelt exactly so."""
SELINUX_TYPES = {
    0: frozenset({"", "container_t", "container_init_t", "container_kvm_t"}),
    31: frozenset({"", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"}),
}
"""By minor version."""
SYSCTLS = {
    0: (
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.ping_group_range",
        "net.ipv4.ip_unprivileged_port_start",
    ),
    27: ("net.ipv4.ip_local_reserved_ports",),
    29: (
        "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
    ),
    32: ("net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"),
    37: ("net.ipv4.tcp_slow_start_after_idle", "net.ipv4.tcp_notsent_lowat"),
}
"""The sysctls that are safe, by the minor version that added them."""
PROFILES = frozenset({"RuntimeDefault", "Localhost"})
"""Types of seccomp and AppArmor profiles that confine."""


def capabilities(pod: PodSpec) -> Violation | None:
    """No capability is added that runtimes do not give by default."""
    wrong = chosen(pod, lambda item: bool(_added(item) - CAPABILITIES))
    if not wrong:
        return None
    names = sorted(set().union(*(_added(item) - CAPABILITIES for item in wrong)))
    return Violation(
        reason="non-default capabilities",
        detail=f"{containers(wrong)} must not include {quoted(names)} in securityContext.capabilities.add",
        at=wrong[0].security.capabilities.at,
    )


def _added(item: PodContainer) -> frozenset[str]:
    change = item.security.capabilities.value
    return frozenset(change.value.add) if isinstance(change, Known) else frozenset()


def host_namespaces(pod: PodSpec) -> Violation | None:
    """No namespace of the host is shared."""
    settings = {"hostNetwork": pod.host_network, "hostPID": pod.host_pid, "hostIPC": pod.host_ipc}
    wrong = [name for name, setting in settings.items() if is_set(setting, value=True)]
    if not wrong:
        return None
    return Violation(reason="host namespaces", detail=", ".join(f"{name}=true" for name in wrong), at=settings[wrong[0]].at)


def host_path_volumes(pod: PodSpec) -> Violation | None:
    """No volume is a path of the host."""
    wrong = [volume for volume in pod.volumes if volume.kind == "hostPath"]
    if not wrong:
        return None
    names = quoted(volume.name for volume in wrong)
    return Violation(reason="hostPath volumes", detail=f"{plural('volume', len(wrong))} {names}", at=wrong[0].host_path.at)


def host_ports(pod: PodSpec) -> Violation | None:
    """No port of the host is taken."""
    wrong = chosen(pod, lambda item: bool(item.container.host_ports))
    if not wrong:
        return None
    taken = [port for item in wrong for port in item.container.host_ports]
    numbers = sorted({str(port.port.value) for port in taken if isinstance(port.port, Known)})
    words = f"{uses(len(wrong))} {plural('hostPort', len(numbers))} {', '.join(numbers)}"
    return Violation(reason="hostPort", detail=f"{containers(wrong)} {words}", at=taken[0].at)


def handler_hosts(pod: PodSpec) -> Violation | None:
    """No probe or lifecycle handler asks another host than the pod."""
    wrong = chosen(pod, lambda item: bool(item.handler_hosts))
    if not wrong:
        return None
    names = sorted({item.container.identity.container for item in wrong})
    hosts = sorted({host.name for item in wrong for host in item.handler_hosts})
    detail = (
        f"{plural('container', len(names))} {quoted(names)} {uses(len(names))}"
        f" {plural('probe or lifecycle host', len(hosts))} {quoted(hosts)}"
    )
    return Violation(reason="probe or lifecycle host", detail=detail, at=wrong[0].handler_hosts[0].at)


def privileged(pod: PodSpec) -> Violation | None:
    """No container is privileged."""
    wrong = chosen(pod, lambda item: is_set(item.security.privileged, value=True))
    if not wrong:
        return None
    detail = f"{containers(wrong)} must not set securityContext.privileged=true"
    return Violation(reason="privileged", detail=detail, at=wrong[0].security.privileged.at)


def proc_mount(pod: PodSpec) -> Violation | None:
    """The masks of /proc stay."""
    wrong = chosen(pod, lambda item: _text(item.security.proc_mount) not in ("", "Default"))
    if not wrong:
        return None
    kinds = quoted(sorted({_text(item.security.proc_mount) for item in wrong}))
    detail = f"{containers(wrong)} must not set securityContext.procMount to {kinds}"
    return Violation(reason="procMount", detail=detail, at=wrong[0].security.proc_mount.at)


def proc_mount_outside_user_namespaces(pod: PodSpec) -> Violation | None:
    """The masks of /proc stay, unless the pod has a user namespace of its own."""
    return None if is_set(pod.host_users, value=False) else proc_mount(pod)


def _text(setting: Setting[str]) -> str:
    return known_or(setting.value, "") if setting.value is not None else ""


def selinux(minor: int) -> Callable[[PodSpec], Violation | None]:
    """Only types for containers, and no user or role."""
    allowed = SELINUX_TYPES[minor]

    def judge(pod: PodSpec) -> Violation | None:
        def fits(security: SecurityContext) -> bool:
            named = _text(security.selinux_user) or _text(security.selinux_role)
            return _text(security.selinux_type) in allowed and not named

        own = not fits(pod.security)
        wrong = chosen(pod, lambda item: not fits(item.security))
        settings = ([pod.security] if own else []) + [item.security for item in wrong]
        if not settings:
            return None
        types = sorted({_text(item.selinux_type) for item in settings} - allowed)
        said = [f"{plural('type', len(types))} {quoted(types)}"] if types else []
        said += ["user may not be set"] if any(_text(item.selinux_user) for item in settings) else []
        said += ["role may not be set"] if any(_text(item.selinux_role) for item in settings) else []
        detail = f"{setters(own, wrong)} set forbidden securityContext.seLinuxOptions: {'; '.join(said)}"
        places = (settings[0].selinux_type, settings[0].selinux_user, settings[0].selinux_role)
        at = next((place.at for place in places if place.value is not None), settings[0].selinux_type.at)
        return Violation(reason="seLinuxOptions", detail=detail, at=at)

    return judge


def seccomp_annotations(pod: PodSpec) -> Violation | None:
    """Before 1.19 profiles were named by annotations: none may be unconfined."""
    names = {f"{SECCOMP_ANNOTATION}{item.container.identity.container}" for item in pod.containers}
    wrong = [
        item
        for item in pod.profile_annotations
        if item.name in names | {SECCOMP_POD_ANNOTATION}
        and item.value not in ("runtime/default", "docker/default")
        and not item.value.startswith("localhost/")
    ]
    if not wrong:
        return None
    said = sorted({f'{item.name}="{item.value}"' for item in wrong})
    detail = f"forbidden {plural('annotation', len(said))} {', '.join(said)}"
    return Violation(reason="seccompProfile", detail=detail, at=wrong[0].at)


def bad_profile(setting: Setting[Profile]) -> str:
    """The type of a profile that does not confine; empty if it does, or none is named."""
    value = setting.value
    return value.value.kind if isinstance(value, Known) and value.value.kind not in PROFILES else ""


def seccomp(pod: PodSpec) -> Violation | None:
    """A seccomp profile that is named confines."""
    own = bad_profile(pod.security.seccomp)
    wrong = chosen(pod, lambda item: bool(bad_profile(item.security.seccomp)))
    if not own and not wrong:
        return None
    kinds = {bad_profile(item.security.seccomp) for item in wrong} | ({own} if own else set())
    detail = f"{setters(bool(own), wrong)} must not set securityContext.seccompProfile.type to {quoted(sorted(kinds))}"
    at = pod.security.seccomp.at if own else wrong[0].security.seccomp.at
    return Violation(reason="seccompProfile", detail=detail, at=at)


def apparmor(pod: PodSpec) -> Violation | None:
    """An AppArmor profile that is named confines.

    The server copies an annotation into the field of its container before it judges, unless the pod says the same.
    """
    own = bad_profile(pod.security.apparmor)
    wrong = chosen(pod, lambda item: bool(bad_profile(item.security.apparmor)) and _judged_by_field(item, pod))
    noted = [
        item
        for item in pod.profile_annotations
        if item.name.startswith(APPARMOR_ANNOTATION)
        and item.value not in ("", "runtime/default")
        and not item.value.startswith("localhost/")
    ]
    if not own and not wrong and not noted:
        return None
    kinds = sorted({bad_profile(item.security.apparmor) for item in wrong} | ({own} if own else set()))
    kinds += sorted(f'{item.name}="{item.value}"' for item in noted)
    who = [setters(bool(own), wrong)] if own or wrong else []
    who += [plural("annotation", len(noted))] if noted else []
    places = [pod.security.apparmor.at] if own else [item.security.apparmor.at for item in wrong]
    return Violation(
        reason=plural("forbidden AppArmor profile", len(kinds)),
        detail=f"{' and '.join(who)} must not set AppArmor profile type to {quoted(kinds)}",
        at=(places or [noted[0].at])[0],
    )


def _judged_by_field(item: PodContainer, pod: PodSpec) -> bool:
    """Whether the container's field has the profile when the server judges: written so, or copied from an annotation."""
    setting = item.security.apparmor
    if "annotations" not in setting.at.field:
        return True
    return pod.declared_os != "windows" and setting.value != pod.security.apparmor.value


def sysctls(minor: int) -> Callable[[PodSpec], Violation | None]:
    """Only sysctls that are safe."""
    safe = frozenset(name for first, names in SYSCTLS.items() if first <= minor for name in names)

    def judge(pod: PodSpec) -> Violation | None:
        wrong = [item for item in pod.sysctls if item.name not in safe]
        if not wrong:
            return None
        return Violation(reason="forbidden sysctls", detail=", ".join(item.name for item in wrong), at=wrong[0].at)

    return judge


def host_process(pod: PodSpec) -> Violation | None:
    """No Windows container runs as a process of the host."""
    own = is_set(pod.security.host_process, value=True)
    wrong = chosen(pod, lambda item: is_set(item.security.host_process, value=True))
    if not own and not wrong:
        return None
    detail = f"{setters(own, wrong)} must not set securityContext.windowsOptions.hostProcess=true"
    at = pod.security.host_process.at if own else wrong[0].security.host_process.at
    return Violation(reason="hostProcess", detail=detail, at=at)
