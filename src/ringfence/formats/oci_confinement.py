"""From an OCI `config.json` to the confinement of the container it makes, after the first process has been executed.

Sources: OCI runtime specification; capabilities(7) "Transformation of capabilities during execve()";
security/commoncap.c (Linux 6.12) for what no_new_privs does to it.
"""

import re

from msgspec.structs import replace

from ringfence.errors import Malformed
from ringfence.formats import seccomp_profile
from ringfence.formats.oci_runtime_spec import Capabilities, RuntimeSpec, SpecIdRange, SpecMount
from ringfence.model import execve
from ringfence.model.confinement import (
    HOST_IDS,
    CapabilitySets,
    Confinement,
    Evidence,
    IdRange,
    Kernel,
    Lsm,
    Mount,
    Sharing,
    in_sandbox,
)
from ringfence.model.device_access import ALLOWED_BY_RUNC, ALLOWED_BY_RUNTIMES, DeviceRule, of_rules
from ringfence.model.execve import Credentials, NotPermitted
from ringfence.model.knowledge import Known, Maybe, Unknown
from ringfence.model.linux import Capability, Namespace, mask_of
from ringfence.model.location import Location
from ringfence.model.syscall_filter import UNCONFINED, SyscallFilter

NAMESPACES = {
    "cgroup": Namespace.CGROUP,
    "ipc": Namespace.IPC,
    "mount": Namespace.MOUNT,
    "network": Namespace.NETWORK,
    "pid": Namespace.PID,
    "time": Namespace.TIME,
    "user": Namespace.USER,
    "uts": Namespace.UTS,
}
"""The specification's names of the namespaces."""

PRIVILEGED_CAPABILITIES = mask_of(["SYS_ADMIN", "SYS_MODULE", "SYS_RAWIO", "SYS_PTRACE", "SYS_BOOT", "MAC_ADMIN"])
"""What a container has that was given everything. Not all of them: an engine grants no more than it holds itself."""

OWN_DESTINATIONS = frozenset(
    {
        *("/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/etc/passwd", "/etc/group", "/etc/localtime"),
        *("/run/.containerenv", "/run/secrets", "/dev/shm", "/dev/termination-log"),  # noqa: S108 - a path in a container
    }
)
"""Where engines and the kubelet mount the small files they write for each container."""

OWN_SOURCES = re.compile(
    r"/[a-z]+-containers/[^/]+/userdata/|^/var/lib/docker/containers/|^/(run|var/lib)/containerd/io\.containerd\."
    r"|^/var/lib/kubelet/pods/[^/]+/(etc-hosts$|containers/)"
)
"""Where they keep them: containers/storage (Podman, CRI-O), Docker, containerd's CRI plug-in, the kubelet."""

NO_DEVICES = ("/dev/shm", "/dev/mqueue", "/dev/hugepages", "/dev/pts")  # noqa: S108 - file systems under /dev
USUAL_DEVICES = frozenset(f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom", "tty", "console", "ptmx"))
"""What every container has (OCI runtime specification, config-linux.md "Default Devices")."""

ROOTLESS_STORE = "/.local/share/containers/"

FIELDS = {
    "privileged": "process.capabilities",
    "uid": "process.user.uid",
    "gid": "process.user.gid",
    "uid_map": "linux.uidMappings",
    "gid_map": "linux.gidMappings",
    "capabilities": "process.capabilities.bounding",
    "no_new_privileges": "process.noNewPrivileges",
    "syscalls": "linux.seccomp",
    "namespaces": "linux.namespaces",
    "lsm": "process.apparmorProfile",
    "mounts": "mounts",
    "devices": "linux.devices",
    "device_access": "linux.resources.devices",
    "read_only_root": "root.readonly",
    "masked_paths": "linux.maskedPaths",
    "read_only_paths": "linux.readonlyPaths",
}
"""Where each field of a confinement stands in the file."""


def confinement(
    spec: RuntimeSpec,
    path: str,
    privileged: bool | None = None,
    joined: dict[Namespace, Sharing] | None = None,
    runtime: str = "",
) -> Confinement:
    """What `spec`, read from the file at `path`, confines.

    `privileged` is the engine's own word, where it has one. `joined` says whose the namespaces are that the file names by
    path; one it does not tell about belongs to another container. `runtime` is the one that starts it, if it is known.
    """
    if not spec.linux:
        return Confinement(kernel=Unknown(f"{path} has no linux section"))
    capabilities = _capability_sets(spec)
    binds = [item for item in spec.mounts if _is_bind(item) and not _engines_own(item)]
    return Confinement(
        privileged=Known(_is_privileged(spec, capabilities) if privileged is None else privileged),
        uid=Known(spec.user.uid),
        gid=Known(spec.user.gid),
        uid_map=_map(spec, spec.uid_map),
        gid_map=_map(spec, spec.gid_map),
        capabilities=capabilities,
        no_new_privileges=Known(spec.no_new_privileges),
        syscalls=Known(_filter(spec)),
        namespaces=Known(_namespaces(spec, joined or {})),
        lsm=Known(_lsm(spec))
        if spec.apparmor or spec.selinux
        else Unknown("the engine gave no label; the kernel has the last word"),
        mounts=Known(tuple(_mount(item) for item in binds if not is_device(item.source))),
        devices=Known(_devices(spec, binds)),
        device_access=Known(of_rules((*spec.device_rules, *_always_allowed(runtime)))),
        read_only_root=Known(spec.root_read_only),
        masked_paths=Known(spec.masked_paths),
        read_only_paths=Known(spec.read_only_paths),
        kernel=Known(Kernel.HOST),
        evidence=tuple(Evidence(field=name, at=Location(path=path, field=where)) for name, where in FIELDS.items()),
    )


def _always_allowed(runtime: str) -> tuple[DeviceRule, ...]:
    """What the runtime adds to the rules; one that is not known is taken to add most."""
    return ALLOWED_BY_RUNTIMES if runtime == "crun" else ALLOWED_BY_RUNC


def on_kernel(made: Confinement, kernel: Maybe[Kernel]) -> Confinement:
    """The same on another kernel. A file without a linux section tells nothing of it, and that stays."""
    return in_sandbox(made, kernel) if isinstance(made.kernel, Known) else made


def after_execve(given: CapabilitySets, uid: int, *, no_new_privileges: bool) -> CapabilitySets:
    """The sets once the first process, whose file has no capabilities of its own, has been executed.

    Of the ambient ones the kernel takes only those that are permitted and inheritable too.
    """
    raised = replace(given, ambient=given.ambient & given.permitted & given.inheritable)
    carried = Credentials(sets=raised, real_uid=uid, effective_uid=uid, no_new_privileges=no_new_privileges)
    match execve.after_execve(carried):
        case Credentials(sets=sets):
            return sets
        case NotPermitted():
            raise AssertionError("a file without capabilities cannot ask for any")


def _capability_sets(spec: RuntimeSpec) -> Maybe[CapabilitySets]:
    try:
        given = _masks(spec.capabilities)
    except Malformed as cause:
        return Unknown(cause.wrong)
    return Known(after_execve(given, spec.user.uid, no_new_privileges=spec.no_new_privileges))


def _masks(names: Capabilities) -> CapabilitySets:
    return CapabilitySets(
        effective=mask_of(names.effective),
        permitted=mask_of(names.permitted),
        inheritable=mask_of(names.inheritable),
        bounding=mask_of(names.bounding),
        ambient=mask_of(names.ambient),
    )


def _is_privileged(spec: RuntimeSpec, capabilities: Maybe[CapabilitySets]) -> bool:
    bounding = capabilities.value.bounding if isinstance(capabilities, Known) else 0
    everything = bounding & PRIVILEGED_CAPABILITIES == PRIVILEGED_CAPABILITIES
    return everything and spec.seccomp is None and not spec.masked_paths


def _map(spec: RuntimeSpec, ranges: tuple[SpecIdRange, ...]) -> Maybe[tuple[IdRange, ...]]:
    if any(item.kind == "user" and item.path for item in spec.namespaces):
        return Unknown("it joins a user namespace by its path")
    if not any(item.kind == "user" for item in spec.namespaces):
        return Unknown("a rootless engine starts it in a user namespace of its own") if _rootless(spec) else Known(HOST_IDS)
    return Known(tuple(IdRange(inside=item.inside, outside=item.outside, length=item.length) for item in ranges))


def _rootless(spec: RuntimeSpec) -> bool:
    """Whether the root file system lies where rootless engines keep theirs (containers-storage.conf(5))."""
    return ROOTLESS_STORE in spec.root_path


def _filter(spec: RuntimeSpec) -> SyscallFilter:
    if spec.seccomp is None:
        return UNCONFINED
    mask = sum(1 << cap for cap in Capability if cap.name in spec.capabilities.bounding)
    return seccomp_profile.resolve(spec.seccomp, "config.json", mask)


def _namespaces(spec: RuntimeSpec, joined: dict[Namespace, Sharing]) -> dict[Namespace, Sharing]:
    sharing = dict.fromkeys(Namespace, Sharing.HOST)
    if _rootless(spec):
        sharing[Namespace.USER] = Sharing.OTHER  # the engine's, in which all containers of that user are
    for item in spec.namespaces:
        if kind := NAMESPACES.get(item.kind):
            sharing[kind] = joined.get(kind, Sharing.OTHER) if item.path else Sharing.OWN
    return sharing


def _lsm(spec: RuntimeSpec) -> Lsm:
    if spec.apparmor:
        enforcing = spec.apparmor != "unconfined"
        return Lsm(module="apparmor", label=spec.apparmor, enforcing=enforcing)
    parts = spec.selinux.split(":")
    return Lsm(module="selinux", label=spec.selinux, enforcing=len(parts) > 2 and parts[2] not in ("spc_t", "unconfined_t"))


def _is_bind(mount: SpecMount) -> bool:
    return mount.kind == "bind" or not {"bind", "rbind"}.isdisjoint(mount.options)


def is_device(source: str) -> bool:
    """Whether a path of the host that is bound into a container is a device: rootless engines give devices so."""
    return source.startswith("/dev/") and not source.startswith(NO_DEVICES)


def _devices(spec: RuntimeSpec, binds: list[SpecMount]) -> tuple[str, ...]:
    """Nodes that the runtime makes and nodes of the host that are bound, but for those every container has.

    Every runtime makes /dev/ptmx a link to the container's own, whatever the file asks for.
    """
    made = (path for path in spec.devices if path != "/dev/ptmx")
    bound = (item.destination for item in binds if is_device(item.source) and item.destination not in USUAL_DEVICES)
    return tuple(dict.fromkeys((*made, *bound)))


def _engines_own(mount: SpecMount) -> bool:
    """Whether it is one of the files an engine writes for each container: no door to the host."""
    return mount.destination in OWN_DESTINATIONS and OWN_SOURCES.search(mount.source) is not None


def _mount(mount: SpecMount) -> Mount:
    read_only = False
    propagation = ""
    for option in mount.options:
        if option in ("ro", "rro", "rw"):
            read_only = option != "rw"
        elif option.removeprefix("r") in ("shared", "slave", "private", "unbindable"):
            propagation = option
    return Mount(
        source=mount.source, destination=mount.destination, kind="bind", read_only=read_only, propagation=propagation
    )
