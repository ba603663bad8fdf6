"""What to change in a pod so that it keeps a Pod Security Standard, and what is left for people.

Two kinds of changes. Defaults are added where nothing is written: they break few programs, and each says which. Corrections
replace what somebody wrote and the standard forbids; they are made only when a standard is asked for by name. Paths and
ports of the host, kinds of volumes and kernel settings are never taken away: what needs them must be rewritten by people.
"""

from collections.abc import Iterator
from typing import Any

from ringfence.formats.kubernetes_pod import PodContainer, PodSpec, SecurityContext, Setting
from ringfence.formats.pod_security_standard import Level, Standard
from ringfence.formats.yaml_edit import Value, Way, way
from ringfence.layers.kubernetes.enforce import least_container
from ringfence.layers.kubernetes.enforce.least_container import Needed
from ringfence.layers.kubernetes.enforce.pod_edit import Edit, adds, change
from ringfence.layers.kubernetes.evaluate.pod_security import violations
from ringfence.layers.kubernetes.evaluate.pod_security_baseline import CAPABILITIES, SELINUX_TYPES, bad_profile
from ringfence.model.knowledge import Known

CAVEATS = {
    "runAsNonRoot": "an image whose user is root, or a name instead of a number, does not start: build it with USER 10001",
    "drop": "a program that binds ports below 1024 or changes owners of files needs one capability added back",
    "allowPrivilegeEscalation": "programs such as sudo and ping with file capabilities stop working",
    "seccompProfile": "a debugger or another runtime inside the container may need more system calls",
    "readOnlyRootFilesystem": "a program that writes to its own image needs an emptyDir there",
    "automountServiceAccountToken": "a program that talks to the API server needs its token: set it to true again",
}
"""What a default may break, by the last key of its place."""


def edits(pod: PodSpec, level: Level | None, needed: Needed | None = None) -> tuple[Edit, ...]:
    """The defaults that are missing and, if a level is named, what it needs corrected; one container's needs, if told."""
    if pod.os == "windows":
        return ()
    root = way(pod.at.field)
    found = list(_corrections(pod, root, level)) if level in (Level.BASELINE, Level.RESTRICTED) else []
    if level is not Level.BASELINE:
        found += _defaults(pod, root, level, needed)
    if needed is None:
        return tuple(found)
    # What is said of one container by its needs overrules what is said of every container.
    own = list(least_container.edits(pod, root, needed, level))
    places = {edit.place for edit in own if not edit.item}
    return (*(edit for edit in found if edit.place not in places), *own)


def left(pod: PodSpec, level: Level) -> tuple[str, ...]:
    """What of the level the pod breaks, in the server's words."""
    return tuple(f"{item.reason} ({item.detail})" for item in violations(pod, Standard(level=level)))


def _default(place: Way, value: Value, why: str, key: str) -> Edit:
    return Edit(place=place, value=value, why=why, caveat=CAVEATS[key])


def _defaults(pod: PodSpec, root: Way, level: Level | None, needed: Needed | None) -> Iterator[Edit]:
    context = (*root, "securityContext")
    if _unset(pod.security.run_as_non_root) and any(_unset(item.security.run_as_non_root) for item in pod.containers):
        yield _default((*context, "runAsNonRoot"), True, "refuse to run as root", "runAsNonRoot")
    if _unset(pod.security.seccomp) and any(_unset(item.security.seccomp) for item in pod.containers):
        place = (*context, "seccompProfile")
        yield _default(place, {"type": "RuntimeDefault"}, "filter system calls as the runtime does", "seccompProfile")
    if level is None and pod.service_account == "default" and _unset(pod.automount_token):
        place = (*root, "automountServiceAccountToken")
        yield _default(place, False, "keep a token out that nobody asked for", "automountServiceAccountToken")
    for item in pod.containers:
        own = (*way(item.container.at.field), "securityContext")
        powerful = _powerful(item, needed)
        if _unset(item.security.allow_privilege_escalation) and (level is not None or not powerful):
            place = (*own, "allowPrivilegeEscalation")
            yield _default(place, False, "let no program gain rights", "allowPrivilegeEscalation")
        changed = change(item)
        if changed is not None and "ALL" not in changed.drop and (level is not None or not powerful):
            yield _default((*own, "capabilities", "drop"), ["ALL"], "drop all capabilities", "drop")
        if level is None and _unset(item.security.read_only_root):
            place = (*own, "readOnlyRootFilesystem")
            yield _default(place, True, "keep the program's own files as they are", "readOnlyRootFilesystem")


def _powerful(item: PodContainer, needed: Needed | None) -> bool:
    """Whether it will be privileged or hold CAP_SYS_ADMIN: the API server refuses that together with less privilege."""
    if needed is not None and needed.least.capabilities is not None and least_container.is_meant(item, needed):
        return "SYS_ADMIN" in needed.least.capabilities
    return item.security.privileged.value == Known(True) or adds(item, {"SYS_ADMIN", "CAP_SYS_ADMIN", "ALL"})


def _corrections(pod: PodSpec, root: Way, level: Level | None) -> Iterator[Edit]:
    why = f"{level} forbids it"
    for name, setting in (("hostNetwork", pod.host_network), ("hostPID", pod.host_pid), ("hostIPC", pod.host_ipc)):
        if setting.value == Known(True):
            yield Edit(place=(*root, name), value=False, why=why)
    yield from _settings(pod.security, (*root, "securityContext"), level, why)
    for item in pod.containers:
        own = (*way(item.container.at.field), "securityContext")
        if item.security.privileged.value == Known(True):
            yield Edit(place=(*own, "privileged"), value=False, why=why)
        mount = item.security.proc_mount.value
        if isinstance(mount, Known) and mount.value != "Default":
            yield Edit(place=(*own, "procMount"), value="Default", why=why)
        if level is Level.RESTRICTED and item.security.allow_privilege_escalation.value == Known(True):
            yield Edit(place=(*own, "allowPrivilegeEscalation"), value=False, why=why)
        allowed = {"NET_BIND_SERVICE"} if level is Level.RESTRICTED else CAPABILITIES
        changed = change(item)
        if changed is not None and set(changed.add) - allowed:
            kept = [name for name in changed.add if name in allowed]
            yield Edit(place=(*own, "capabilities", "add"), value=kept, why=why)
        yield from _settings(item.security, own, level, why)


def _settings(security: SecurityContext, place: Way, level: Level | None, why: str) -> Iterator[Edit]:
    """Corrections that a pod and a container have in common."""
    for setting, name in ((security.seccomp, "seccompProfile"), (security.apparmor, "appArmorProfile")):
        if bad_profile(setting) and "annotations" not in setting.at.field:
            yield Edit(place=(*place, name), value={"type": "RuntimeDefault"}, why=why)
    kind = security.selinux_type.value
    if isinstance(kind, Known) and kind.value not in SELINUX_TYPES[31]:
        yield Edit(place=(*place, "seLinuxOptions", "type"), value="container_t", why=why)
    for value, name in ((security.selinux_user.value, "user"), (security.selinux_role.value, "role")):
        if isinstance(value, Known) and value.value:
            yield Edit(place=(*place, "seLinuxOptions", name), value="", why=why)
    if level is Level.RESTRICTED:
        if security.run_as_non_root.value == Known(False):
            yield Edit(place=(*place, "runAsNonRoot"), value=True, why=why)
        if security.run_as_user.value == Known(0):
            yield Edit(place=(*place, "runAsUser"), value=10001, why=why)


def _unset(setting: Setting[Any]) -> bool:
    return setting.value is None
