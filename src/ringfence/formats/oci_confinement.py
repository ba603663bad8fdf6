"""From an OCI `config.json` to the confinement of the container it makes, after the first process has been executed.

Sources: OCI runtime specification; capabilities(7) "Transformation of capabilities during execve()";
security/commoncap.c (Linux 6.12) for what no_new_privs does to it.
"""

import re

from msgspec.structs import replace

from ringfence.errors import Malformed
from ringfence.formats import seccomp_profile
from ringfence.formats.oci_runtime_spec import Capabilities, RuntimeSpec, SpecIdRange, SpecMount, SpecNamespace
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
    r"/overlay-containers/[^/]+/userdata/|^/var/lib/docker/containers/|^/(run|var/lib)/containerd/io\.containerd\."
    r"|^/var/lib/kubelet/pods/[^/]+/(etc-hosts$|containers/)"
)
"""Where they keep them: containers/storage (Podman, CRI-O), Docker, containerd's CRI plug-in, the kubelet."""

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
    "read_only_root": "root.readonly",
    "masked_paths": "linux.maskedPaths",
    "read_only_paths": "linux.readonlyPaths",
}
"""Where each field of a confinement stands in the file."""


def confinement(
    spec: RuntimeSpec, path: str, privileged: bool | None = None, joined: dict[Namespace, Sharing] | None = None
) -> Confinement:
    """What `spec`, read from the file at `path`, confines.

    `privileged` is the engine's own word, where it has one. `joined` says whose the namespaces are that the file names by
    path; one it does not tell about belongs to another container.
    """
    if not spec.linux:
        return Confinement(kernel=Unknown(f"{path} has no linux section"))
    capabilities = _capability_sets(spec)
    return Confinement(
        privileged=Known(_is_privileged(spec, capabilities) if privileged is None else privileged),
        uid=Known(spec.user.uid),
        gid=Known(spec.user.gid),
        uid_map=Known(_map(spec, spec.uid_map))
        if not _joins_user(spec)
        else Unknown("it joins a user namespace by its path"),
        gid_map=Known(_map(spec, spec.gid_map))
        if not _joins_user(spec)
        else Unknown("it joins a user namespace by its path"),
        capabilities=capabilities,
        no_new_privileges=Known(spec.no_new_privileges),
        syscalls=Known(_filter(spec)),
        namespaces=Known(_namespaces(spec.namespaces, joined or {})),
        lsm=Known(_lsm(spec))
        if spec.apparmor or spec.selinux
        else Unknown("the engine gave no label; the kernel has the last word"),
        mounts=Known(tuple(_mount(item) for item in spec.mounts if _is_bind(item) and not _engines_own(item))),
        # Every runtime makes /dev/ptmx a link to the container's own, whatever the file asks for.
        devices=Known(tuple(path for path in spec.devices if path != "/dev/ptmx")),
        read_only_root=Known(spec.root_read_only),
        masked_paths=Known(spec.masked_paths),
        read_only_paths=Known(spec.read_only_paths),
        kernel=Known(Kernel.HOST),
        evidence=tuple(Evidence(field=name, at=Location(path=path, field=where)) for name, where in FIELDS.items()),
    )


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


def _joins_user(spec: RuntimeSpec) -> bool:
    return any(item.kind == "user" and item.path for item in spec.namespaces)


def _map(spec: RuntimeSpec, ranges: tuple[SpecIdRange, ...]) -> tuple[IdRange, ...]:
    if not any(item.kind == "user" for item in spec.namespaces):
        return HOST_IDS
    return tuple(IdRange(inside=item.inside, outside=item.outside, length=item.length) for item in ranges)


def _filter(spec: RuntimeSpec) -> SyscallFilter:
    if spec.seccomp is None:
        return UNCONFINED
    mask = sum(1 << cap for cap in Capability if cap.name in spec.capabilities.bounding)
    return seccomp_profile.resolve(spec.seccomp, "config.json", mask)


def _namespaces(found: tuple[SpecNamespace, ...], joined: dict[Namespace, Sharing]) -> dict[Namespace, Sharing]:
    sharing = dict.fromkeys(Namespace, Sharing.HOST)
    for item in found:
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
