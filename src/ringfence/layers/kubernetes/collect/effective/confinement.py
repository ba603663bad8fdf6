"""The confinement of one container of a pod: what the API server, the kubelet and the runtime make of the specification.

Sources: Kubernetes v1.36 pkg/securitycontext/util.go (inheritance, masked paths), pkg/kubelet/kuberuntime
security_context_linux.go; containerd internal/cri/server/container_create_linux.go (what privileged switches off); KEP-127
(user namespaces). Where nobody names a runtime, containerd is assumed.
"""

from functools import cache

from ringfence.formats.kubernetes_pod import PodContainer, PodSpec, Profile, Setting
from ringfence.knowledge import runtime_defaults
from ringfence.layers.kubernetes.collect.effective import privileges
from ringfence.layers.kubernetes.collect.effective.mounts import devices, mounts
from ringfence.layers.kubernetes.collect.effective.privileges import RUNTIME
from ringfence.layers.kubernetes.collect.effective.settings import Judged, chosen, told
from ringfence.model.confinement import HOST_IDS, SANDBOXES, Confinement, IdRange, Kernel, Lsm, Sharing, in_sandbox
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.linux import Namespace
from ringfence.model.syscall_filter import SyscallFilter

POD_IDS = (IdRange(inside=0, outside=65536, length=65536),)
"""The lowest range of ids the kubelet gives a pod with a user namespace of its own (KEP-127); it never has 0 in it."""
CONTAINERD_APPARMOR = "cri-containerd.apparmor.d"
"""containerd's default AppArmor profile (contrib/apparmor)."""


def confinement(pod: PodSpec, container: PodContainer) -> Confinement:
    """What stands between this container and the kernel of the node it will run on."""
    own = container.security
    privileged = told(own.privileged, otherwise=False)
    uid, gid = privileges.user(pod, container), privileges.group(pod, container)
    refused = privileges.root_refused(pod, container)
    mask = privileges.bounding(container, privileged)
    capabilities = privileges.capabilities(mask, uid, refused)
    escalation = privileges.no_new_privileges(container, privileged, mask)
    syscalls = _syscalls(chosen(own.seccomp, pod.security.seccomp), privileged, mask)
    ids, namespaces = _id_map(pod), _namespaces(pod)
    lsm = _lsm(pod, container, privileged)
    mounted, given = mounts(pod, container), devices(pod, container, privileged)
    read_only = told(own.read_only_root, otherwise=False)
    defaults = runtime_defaults.defaults(RUNTIME)
    masked = _guarded_paths(own.proc_mount, privileged, defaults.masked_paths)
    guarded = _guarded_paths(own.proc_mount, privileged, defaults.read_only_paths)
    kernel = _kernel(pod.runtime_class)
    made = Confinement(
        privileged=privileged.value,
        uid=uid.value,
        gid=gid.value,
        uid_map=ids.value,
        gid_map=ids.value,
        capabilities=capabilities.value,
        no_new_privileges=escalation.value,
        syscalls=syscalls.value,
        namespaces=namespaces.value,
        lsm=lsm.value,
        mounts=mounted.value,
        devices=given.value,
        read_only_root=read_only.value,
        masked_paths=masked.value,
        read_only_paths=guarded.value,
        root_refused=refused.value,
        evidence=(
            privileged.evidence("privileged"),
            uid.evidence("uid"),
            gid.evidence("gid"),
            ids.evidence("uid_map"),
            ids.evidence("gid_map"),
            capabilities.evidence("capabilities"),
            escalation.evidence("no_new_privileges"),
            syscalls.evidence("syscalls"),
            namespaces.evidence("namespaces"),
            lsm.evidence("lsm"),
            mounted.evidence("mounts"),
            given.evidence("devices"),
            read_only.evidence("read_only_root"),
            masked.evidence("masked_paths"),
            guarded.evidence("read_only_paths"),
            kernel.evidence("kernel"),
            refused.evidence("root_refused"),
        ),
    )
    return in_sandbox(made, kernel.value)


@cache
def _default_filter(mask: int) -> SyscallFilter:
    return runtime_defaults.default_filter(RUNTIME, mask)


def _syscalls(setting: Setting[Profile], privileged: Judged[bool], mask: Judged[int]) -> Judged[SyscallFilter]:
    if privileged.value == Known(True):
        # The runtime gives a privileged container no filter, whatever the manifest names.
        return Judged(Known(runtime_defaults.kubernetes_filter()), privileged.at)
    match setting.value, mask.value:
        case None, _:
            # A kubelet with seccompDefault would take the runtime's own profile: hence assumed.
            return Judged(Known(runtime_defaults.kubernetes_filter()), setting.at, assumed=True)
        case Known(Profile(kind="Unconfined")), _:
            return Judged(Known(runtime_defaults.kubernetes_filter()), setting.at)
        case Known(Profile(kind="RuntimeDefault")), Known(bits):
            return Judged(Known(_default_filter(bits)), setting.at)
        case Known(Profile(kind="RuntimeDefault")), Unknown() as unknown:
            return Judged(unknown, setting.at)
        case Known(profile), _:
            return Judged(Unknown(f"the seccomp profile {profile.localhost or profile.kind} lies on the node"), setting.at)
        case Unknown() as unknown, _:
            return Judged(unknown, setting.at)


def _id_map(pod: PodSpec) -> Judged[tuple[IdRange, ...]]:
    match pod.host_users.value:
        case None | Known(True):
            return Judged(Known(HOST_IDS), pod.host_users.at, assumed=pod.host_users.value is None)
        case Known():
            return Judged(Known(POD_IDS), pod.host_users.at, assumed=True)
        case Unknown() as unknown:
            return Judged(unknown, pod.host_users.at)


def _namespaces(pod: PodSpec) -> Judged[dict[Namespace, Sharing]]:
    """A kind that cannot be read is left out, for then nothing is told of it.

    The namespaces that a pod's containers share count as their own: they are not the host's, and no other pod's.
    """
    sharing = {Namespace.MOUNT: Sharing.OWN}
    settings = (
        (Namespace.PID, pod.host_pid),
        (Namespace.IPC, pod.host_ipc),
        (Namespace.NETWORK, pod.host_network),
        # The runtime leaves a pod on the host's network its host name too.
        (Namespace.UTS, pod.host_network),
    )
    for kind, setting in settings:
        if not isinstance(setting.value, Unknown):
            sharing[kind] = Sharing.HOST if setting.value == Known(True) else Sharing.OWN
    if not isinstance(pod.host_users.value, Unknown):
        sharing[Namespace.USER] = Sharing.OWN if pod.host_users.value == Known(False) else Sharing.HOST
    shared = [setting for _, setting in settings if setting.value == Known(True)]
    unwritten = all(setting.value is None for _, setting in settings)
    return Judged(Known(sharing), shared[0].at if shared else pod.at, assumed=unwritten)


def _lsm(pod: PodSpec, container: PodContainer, privileged: Judged[bool]) -> Judged[Lsm]:
    selinux = chosen(container.security.selinux_type, pod.security.selinux_type)
    if selinux.value == Known("spc_t"):
        return Judged(Known(Lsm(module="selinux", label="spc_t")), selinux.at)
    setting = chosen(container.security.apparmor, pod.security.apparmor)
    match setting.value:
        case Known(Profile(kind="Unconfined")):
            return Judged(Known(Lsm(module="apparmor", label="unconfined")), setting.at)
        case Known(Profile(kind="Localhost", localhost=name)):
            return Judged(Known(Lsm(module="apparmor", label=name, enforcing=True)), setting.at)
        case Unknown() as unknown:
            return Judged(unknown, setting.at)
        case _ if privileged.value == Known(True):
            return Judged(Known(Lsm(module="none", label="privileged")), privileged.at)
        case Known(Profile(kind="RuntimeDefault")):
            return Judged(Known(Lsm(module="apparmor", label=CONTAINERD_APPARMOR, enforcing=True)), setting.at)
        case _:
            return Judged(Unknown("whether the node has AppArmor or SELinux is not in a manifest"), setting.at)


def _guarded_paths(setting: Setting[str], privileged: Judged[bool], paths: tuple[str, ...]) -> Judged[tuple[str, ...]]:
    """The `paths` of the runtime's defaults, unless `procMount` or `privileged` takes their guard away."""
    match privileged.value, setting.value:
        case Unknown() as unknown, _:
            return Judged(unknown, privileged.at)
        case Known(True), _:
            return Judged(Known(()), privileged.at)
        case _, Known("Unmasked"):
            return Judged(Known(()), setting.at)
        case _, Unknown() as unknown:
            return Judged(unknown, setting.at)
        case _:
            return Judged(Known(paths), setting.at, assumed=setting.value is None)


def _kernel(setting: Setting[str]) -> Judged[Kernel]:
    match setting.value:
        case None | Known(""):
            return Judged(Known(Kernel.HOST), setting.at, assumed=True)
        case Unknown() as unknown:
            return Judged(unknown, setting.at)
        case Known(name):
            for word, kernel in SANDBOXES.items():
                if word in name.lower():
                    return Judged(Known(kernel), setting.at, assumed=True)
            return Judged(Unknown(f"what the runtime class {name} starts is not in a manifest"), setting.at)
