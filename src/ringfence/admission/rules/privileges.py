"""What a container may do to the kernel: privilege, capabilities, profiles, sysctls, what of /proc it sees."""

from ringfence.admission.broken import Found, Judged, by, listed, of_pod, value_of
from ringfence.admission.patterns import any_fits
from ringfence.formats.admission_policy import ANY, PodRules
from ringfence.formats.kubernetes_pod import CapabilityChange, PodContainer, Profile, SecurityContext, Setting
from ringfence.layers.kubernetes.evaluate.pod_security_baseline import SYSCTLS

SAFE_SYSCTLS = frozenset(name for names in SYSCTLS.values() for name in names)
"""Those that are the container's own, as the newest Pod Security Standard has them."""
UNSET = "Unset"
_DROP_ALL = "ALL"


def privileged(rules: PodRules, pod: Judged) -> Found:
    """`privileged: false`: no container is."""
    if rules.privileged is False:
        for item in pod.containers:
            if value_of(item.security.privileged):
                yield by(item, "must not be privileged", item.security.privileged.at)


def privilege_escalation(rules: PodRules, pod: Judged) -> Found:
    """`allowPrivilegeEscalation: false`: every container says false."""
    if rules.allow_privilege_escalation is False and not pod.windows:
        for item in pod.containers:
            if value_of(item.security.allow_privilege_escalation) is not False:
                at = item.security.allow_privilege_escalation.at
                yield by(item, "must set securityContext.allowPrivilegeEscalation=false", at)


def changes(item: PodContainer) -> CapabilityChange:
    """What a container adds and drops, spelt without `CAP_` and in capitals."""
    change = value_of(item.security.capabilities) or CapabilityChange()
    return CapabilityChange(add=tuple(map(spelt, change.add)), drop=tuple(map(spelt, change.drop)))


def spelt(capability: str) -> str:
    """The capability's name as policies have it; runtimes take every spelling."""
    return capability.upper().removeprefix("CAP_")


def capabilities(rules: PodRules, pod: Judged) -> Found:
    """`allowedCapabilities`: a container adds no other."""
    if rules.allowed_capabilities is None or ANY in rules.allowed_capabilities:
        return
    for item in pod.containers:
        wrong = sorted(set(changes(item).add) - set(rules.allowed_capabilities))
        if wrong:
            allowed = listed(rules.allowed_capabilities)
            yield by(item, f"must not add {listed(wrong)} (allowed: {allowed})", item.security.capabilities.at)


def dropped_capabilities(rules: PodRules, pod: Judged) -> Found:
    """`requiredDropCapabilities`: every container drops them, by name or with all, and adds none of them by name."""
    if not rules.required_drop_capabilities or pod.windows:
        return
    for item in pod.containers:
        change = changes(item)
        kept = [] if _DROP_ALL in change.drop else sorted(set(rules.required_drop_capabilities) - set(change.drop))
        back = sorted(set(rules.required_drop_capabilities) & set(change.add))
        if kept or back:
            yield by(
                item, f"must drop {listed(kept or back)} in securityContext.capabilities", item.security.capabilities.at
            )


def read_only_root(rules: PodRules, pod: Judged) -> Found:
    """`readOnlyRootFilesystem: true`: every container says so."""
    if rules.read_only_root_filesystem and not pod.windows:
        for item in pod.containers:
            if not value_of(item.security.read_only_root):
                yield by(item, "must set securityContext.readOnlyRootFilesystem=true", item.security.read_only_root.at)


def proc_mount(rules: PodRules, pod: Judged) -> Found:
    """`allowedProcMountTypes`: `Default` where nothing is written."""
    if rules.allowed_proc_mount_types is None or ANY in rules.allowed_proc_mount_types:
        return
    for item in pod.containers:
        kind = value_of(item.security.proc_mount) or "Default"
        if kind not in (*rules.allowed_proc_mount_types, "Default"):
            yield by(item, f"must not set procMount to {kind}", item.security.proc_mount.at)


def _named(setting: Setting[Profile]) -> str:
    profile = value_of(setting)
    if not isinstance(profile, Profile):
        return UNSET
    return f"Localhost/{profile.localhost}" if profile.kind == "Localhost" else profile.kind


def _profiles(allowed: tuple[str, ...] | None, pod: Judged, what: str) -> Found:
    if allowed is None or pod.windows:
        return
    field = {"seccomp": "seccomp", "AppArmor": "apparmor"}[what]
    for item in pod.containers:
        setting = getattr(item.security, field)
        name = _named(setting)
        if not any_fits(allowed, name):
            said = "must have a" if name == UNSET else f"must not have the {what} profile {name}, but a"
            yield by(item, f"{said} {what} profile of {listed(allowed)}", setting.at)


def seccomp(rules: PodRules, pod: Judged) -> Found:
    """`seccompProfiles`: every container has one of them, its own or the pod's."""
    yield from _profiles(rules.seccomp_profiles, pod, "seccomp")


def apparmor(rules: PodRules, pod: Judged) -> Found:
    """`appArmorProfiles`: every container has one of them, its own or the pod's."""
    yield from _profiles(rules.app_armor_profiles, pod, "AppArmor")


def sysctls(rules: PodRules, pod: Judged) -> Found:
    """`allowedSysctls`: no others."""
    if rules.allowed_sysctls is not None:
        for item in pod.pod.sysctls:
            if not any_fits(rules.allowed_sysctls, item.name):
                yield of_pod(f"must not set the sysctl {item.name} (allowed: {listed(rules.allowed_sysctls)})", item.at)


def unsafe_sysctls(rules: PodRules, pod: Judged) -> Found:
    """`allowedUnsafeSysctls`: no others beside those that are safe."""
    if rules.allowed_unsafe_sysctls is not None:
        for item in pod.pod.sysctls:
            if item.name not in SAFE_SYSCTLS and not any_fits(rules.allowed_unsafe_sysctls, item.name):
                yield of_pod(f"must not set the unsafe sysctl {item.name}", item.at)


def forbidden_sysctls(rules: PodRules, pod: Judged) -> Found:
    """`forbiddenSysctls`: none of them, safe or not."""
    for item in pod.pod.sysctls:
        if any_fits(rules.forbidden_sysctls or (), item.name):
            yield of_pod(f"must not set the sysctl {item.name}", item.at)


def host_users(rules: PodRules, pod: Judged) -> Found:
    """`hostUsers: false`: the pod has a user namespace of its own."""
    if rules.host_users is False and not pod.windows and value_of(pod.pod.host_users) is not False:
        yield of_pod("must set hostUsers=false", pod.pod.host_users.at)


def windows_host_process(rules: PodRules, pod: Judged) -> Found:
    """`windowsHostProcess: false`: no container is a process of its Windows node."""
    if rules.windows_host_process is not False:
        return
    own: SecurityContext = pod.pod.security
    if value_of(own.host_process):
        yield of_pod("must not set windowsOptions.hostProcess=true", own.host_process.at)
    for item in pod.containers:
        if value_of(item.security.host_process):
            yield by(item, "must not set windowsOptions.hostProcess=true", item.security.host_process.at)
