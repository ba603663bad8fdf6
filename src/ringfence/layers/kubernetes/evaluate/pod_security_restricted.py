"""The checks of the restricted level, each with the server's wording. `pod_security` says in which versions each holds."""

from collections.abc import Callable

from ringfence.formats.kubernetes_pod import CapabilityChange, PodContainer, PodSpec
from ringfence.layers.kubernetes.evaluate.pod_security_baseline import bad_profile
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
from ringfence.model.knowledge import Known

Judge = Callable[[PodSpec], Violation | None]

VOLUMES = frozenset(
    {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
)
"""Sources of volumes that are allowed."""
NAMED_VOLUMES = frozenset(
    {"hostPath", "gcePersistentDisk", "awsElasticBlockStore", "gitRepo", "nfs", "iscsi", "glusterfs", "rbd", "flexVolume"}
    | {"cinder", "cephfs", "flocker", "fc", "azureFile", "vsphereVolume", "quobyte", "azureDisk", "photonPersistentDisk"}
    | {"portworxVolume", "scaleIO", "storageos"}
)
"""Sources that the server knows by name; any other is `unknown` to it."""


def unless_windows(judge: Judge) -> Judge:
    """The same check, which passes over pods that say they are for Windows (since 1.25)."""
    return lambda pod: None if pod.declared_os == "windows" else judge(pod)


def unless_user_namespace(judge: Judge) -> Judge:
    """The same check, which passes over pods with a user namespace of their own (since 1.35, KEP-127)."""
    return lambda pod: None if is_set(pod.host_users, value=False) else judge(pod)


def privilege_escalation(pod: PodSpec) -> Violation | None:
    """Every container forbids itself new privileges."""
    wrong = chosen(pod, lambda item: not is_set(item.security.allow_privilege_escalation, value=False))
    if not wrong:
        return None
    detail = f"{containers(wrong)} must set securityContext.allowPrivilegeEscalation=false"
    at = wrong[0].security.allow_privilege_escalation.at
    return Violation(reason="allowPrivilegeEscalation != false", detail=detail, at=at)


def capabilities(pod: PodSpec) -> Violation | None:
    """Every container drops ALL, and adds nothing but NET_BIND_SERVICE."""
    keeping = chosen(pod, lambda item: "ALL" not in _change(item).drop)
    adding = chosen(pod, lambda item: bool(set(_change(item).add) - {"NET_BIND_SERVICE"}))
    if not keeping and not adding:
        return None
    said = [f'{containers(keeping)} must set securityContext.capabilities.drop=["ALL"]'] if keeping else []
    if adding:
        names = sorted({name for item in adding for name in _change(item).add} - {"NET_BIND_SERVICE"})
        said.append(f"{containers(adding)} must not include {quoted(names)} in securityContext.capabilities.add")
    at = (*keeping, *adding)[0].security.capabilities.at
    return Violation(reason="unrestricted capabilities", detail="; ".join(said), at=at)


def _change(item: PodContainer) -> CapabilityChange:
    value = item.security.capabilities.value
    return value.value if isinstance(value, Known) else CapabilityChange()


def volumes(pod: PodSpec) -> Violation | None:
    """Only sources of volumes that reach nothing of the host."""
    wrong = [volume for volume in pod.volumes if volume.kind not in VOLUMES]
    if not wrong:
        return None
    kinds = sorted({volume.kind if volume.kind in NAMED_VOLUMES else "unknown" for volume in wrong})
    detail = (
        f"{plural('volume', len(wrong))} {quoted(volume.name for volume in wrong)} {uses(len(wrong))}"
        f" {plural('restricted volume type', len(kinds))} {quoted(kinds)}"
    )
    return Violation(reason="restricted volume types", detail=detail, at=wrong[0].at)


def run_as_non_root(pod: PodSpec) -> Violation | None:
    """Every container refuses to run as root, itself or through the pod."""
    own = is_set(pod.security.run_as_non_root, value=False)
    wrong = chosen(pod, lambda item: is_set(item.security.run_as_non_root, value=False))
    if own or wrong:
        detail = f"{setters(own, wrong)} must not set securityContext.runAsNonRoot=false"
        at = pod.security.run_as_non_root.at if own else wrong[0].security.run_as_non_root.at
        return Violation(reason="runAsNonRoot != true", detail=detail, at=at)
    if is_set(pod.security.run_as_non_root, value=True):
        return None
    silent = chosen(pod, lambda item: item.security.run_as_non_root.value is None)
    if not silent:
        return None
    detail = f"pod or {containers(silent)} must set securityContext.runAsNonRoot=true"
    return Violation(reason="runAsNonRoot != true", detail=detail, at=silent[0].security.run_as_non_root.at)


def run_as_user(pod: PodSpec) -> Violation | None:
    """Nobody asks for uid 0."""
    own = pod.security.run_as_user.value == Known(0)
    wrong = chosen(pod, lambda item: item.security.run_as_user.value == Known(0))
    if not own and not wrong:
        return None
    at = pod.security.run_as_user.at if own else wrong[0].security.run_as_user.at
    return Violation(reason="runAsUser=0", detail=f"{setters(own, wrong)} must not set runAsUser=0", at=at)


def seccomp(pod: PodSpec) -> Violation | None:
    """Every container has a seccomp profile that confines, its own or the pod's."""
    own = bad_profile(pod.security.seccomp)
    wrong = chosen(pod, lambda item: bool(bad_profile(item.security.seccomp)))
    if own or wrong:
        kinds = {bad_profile(item.security.seccomp) for item in wrong} | ({own} if own else set())
        what = f"must not set securityContext.seccompProfile.type to {quoted(sorted(kinds))}"
        at = pod.security.seccomp.at if own else wrong[0].security.seccomp.at
        return Violation(reason="seccompProfile", detail=f"{setters(bool(own), wrong)} {what}", at=at)
    if pod.security.seccomp.value is not None:
        return None
    silent = chosen(pod, lambda item: item.security.seccomp.value is None)
    if not silent:
        return None
    what = 'must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"'
    return Violation(reason="seccompProfile", detail=f"pod or {containers(silent)} {what}", at=silent[0].security.seccomp.at)
