"""Who a container's first process is and what it may do: user, capabilities, no_new_privs.

Sources: Kubernetes v1.36 pkg/securitycontext/util.go and pkg/kubelet/kuberuntime/security_context.go; containerd
internal/cri/opts/spec_linux_opts.go (`WithCapabilities`); runc libcontainer/capabilities (names it does not know are
passed over with a warning); execve(2) and capabilities(7) for what an ordinary user keeps.
"""

from collections.abc import Iterable, Iterator

from ringfence.errors import Malformed
from ringfence.formats.kubernetes_pod import CapabilityChange, PodContainer, PodSpec
from ringfence.knowledge import runtime_defaults
from ringfence.layers.kubernetes.collect.effective.settings import Judged, chosen, told
from ringfence.model.confinement import CapabilitySets
from ringfence.model.knowledge import Known, Maybe, Unknown
from ringfence.model.linux import ALL_CAPABILITIES, Capability, capability

RUNTIME = "containerd"
"""The runtime whose defaults are taken for granted: most clusters have it."""


def user(pod: PodSpec, container: PodContainer) -> Judged[int]:
    """The uid of the first process; the image decides where the pod does not say."""
    setting = chosen(container.security.run_as_user, pod.security.run_as_user)
    return Judged(setting.value or Unknown("the image decides; runAsUser is not set"), setting.at)


def group(pod: PodSpec, container: PodContainer) -> Judged[int]:
    """The gid of the first process; the image decides where the pod does not say."""
    setting = chosen(container.security.run_as_group, pod.security.run_as_group)
    return Judged(setting.value or Unknown("the image decides; runAsGroup is not set"), setting.at)


def root_refused(pod: PodSpec, container: PodContainer) -> Judged[bool]:
    """Whether the kubelet refuses to start the container as uid 0."""
    return told(chosen(container.security.run_as_non_root, pod.security.run_as_non_root), otherwise=False)


def bounding(container: PodContainer, privileged: Judged[bool]) -> Judged[int]:
    """The bounding set as a mask: the runtime's defaults as the manifest changes them, or all for a privileged one."""
    setting = container.security.capabilities
    match privileged.value, setting.value:
        case Unknown() as unknown, _:
            return Judged(unknown, privileged.at)
        case Known(True), _:
            return Judged(Known(ALL_CAPABILITIES), privileged.at)
        case _, Unknown() as unknown:
            return Judged(unknown, setting.at)
        case _, Known(change):
            return Judged(Known(_changed(change)), setting.at)
        case _:
            return Judged(Known(runtime_defaults.default_capabilities(RUNTIME)), setting.at, assumed=True)


def _changed(change: CapabilityChange) -> int:
    """The order is the runtime's: ALL added, ALL dropped, each added, each dropped."""
    added, dropped = {name.upper() for name in change.add}, {name.upper() for name in change.drop}
    mask = runtime_defaults.default_capabilities(RUNTIME)
    if added & {"ALL", "CAP_ALL"}:
        mask = ALL_CAPABILITIES
    # CAP_ALL drops nothing in any runtime; CRI-O alone takes other names with their prefix, and we with it.
    if "ALL" in dropped:
        mask = 0
    for item in _known(added):
        mask |= 1 << item
    for item in _known(dropped):
        mask &= ~(1 << item)
    return mask


def _known(names: Iterable[str]) -> Iterator[Capability]:
    for name in names:
        try:
            yield capability(name)
        except Malformed:
            continue


def capabilities(mask: Judged[int], uid: Judged[int], refused: Judged[bool]) -> Judged[CapabilitySets]:
    """The five sets after execve: an ordinary user keeps only the bounding set, for no runtime here sets ambient ones."""
    match mask.value:
        case Unknown() as unknown:
            return Judged(unknown, mask.at)
        case Known(bits):
            ordinary = refused.value == Known(True) or (isinstance(uid.value, Known) and uid.value.value != 0)
            held = 0 if ordinary else bits
            return Judged(Known(CapabilitySets(effective=held, permitted=held, bounding=bits)), mask.at, mask.assumed)


def no_new_privileges(container: PodContainer, privileged: Judged[bool], mask: Judged[int]) -> Judged[bool]:
    """Set by `allowPrivilegeEscalation: false`, which privileged and CAP_SYS_ADMIN overrule."""
    setting = container.security.allow_privilege_escalation
    if setting.value == Known(False):
        if privileged.value == Known(True):
            return Judged(Known(False), privileged.at)
        if _added(container, Capability.CAP_SYS_ADMIN):
            return Judged(Known(False), mask.at)
    allowed = told(setting, otherwise=True)
    return Judged(_inverted(allowed.value), allowed.at, allowed.assumed)


def _added(container: PodContainer, wanted: Capability) -> bool:
    change = container.security.capabilities.value
    return isinstance(change, Known) and wanted in set(_known(change.value.add))


def _inverted(value: Maybe[bool]) -> Maybe[bool]:
    return Known(not value.value) if isinstance(value, Known) else value
