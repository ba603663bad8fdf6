"""From an engine's inspection to the confinement of the container: what was asked for over the engine's defaults.

An inspection leaves out what the engine does by itself: Docker its default capabilities and profile, Podman the hidden
paths. That comes from `runtime_defaults` and is marked as assumed, for a daemon may have been told otherwise. Sources:
moby/moby oci/caps/utils.go (`TweakCapabilities`), daemon/oci_linux.go; containers/podman libpod/container_inspect.go and
pkg/specgen.
"""

from collections.abc import Iterator

from ringfence.errors import Malformed, RingfenceError
from ringfence.formats import oci_confinement, seccomp_profile
from ringfence.formats.engine_inspection import Inspection
from ringfence.knowledge import runtime_defaults
from ringfence.model.confinement import (
    HOST_IDS,
    SANDBOXES,
    CapabilitySets,
    Confinement,
    Evidence,
    Kernel,
    Lsm,
    Mount,
    Sharing,
    in_sandbox,
)
from ringfence.model.knowledge import Known, Maybe, Unknown
from ringfence.model.linux import ALL_CAPABILITIES, Namespace, mask_of
from ringfence.model.location import Location
from ringfence.model.syscall_filter import UNCONFINED, SyscallFilter

FIELDS = {
    "privileged": "HostConfig.Privileged",
    "uid": "Config.User",
    "gid": "Config.User",
    "uid_map": "HostConfig.UsernsMode",
    "gid_map": "HostConfig.UsernsMode",
    "capabilities": "HostConfig.CapAdd",
    "no_new_privileges": "HostConfig.SecurityOpt",
    "syscalls": "HostConfig.SecurityOpt",
    "namespaces": "HostConfig.PidMode",
    "lsm": "AppArmorProfile",
    "mounts": "Mounts",
    "devices": "HostConfig.Devices",
    "read_only_root": "HostConfig.ReadonlyRootfs",
    "masked_paths": "HostConfig.MaskedPaths",
    "read_only_paths": "HostConfig.ReadonlyPaths",
    "kernel": "HostConfig.Runtime",
}
SHARED_MEMORY = "/dev/shm"  # noqa: S108 - a path in a container


def confinement(told: Inspection, path: str, version: str = "") -> Confinement:
    """What the container that `told` is about may do; `path` is where that was read, `version` the engine's, if known."""
    capabilities = _capabilities(told)
    ids, names = _ids(told), _names(told)
    masked, read_only = _guarded(told, version)
    assumed = {"uid_map", "gid_map"} if not told.uid_map else set()
    assumed |= {"capabilities"} if told.bounding is None else {"masked_paths", "read_only_paths"}
    assumed |= set() if told.privileged or _options(told, "seccomp") else {"syscalls"}
    made = Confinement(
        privileged=Known(told.privileged),
        uid=ids[0],
        gid=ids[1],
        uid_map=Known(told.uid_map or HOST_IDS),
        gid_map=Known(told.gid_map or told.uid_map or HOST_IDS),
        capabilities=capabilities,
        no_new_privileges=Known(any(value not in ("false", "0") for value in _options(told, "no-new-privileges"))),
        syscalls=_syscalls(told, capabilities, version),
        namespaces=Known(names),
        lsm=_lsm(told),
        mounts=Known(tuple(_mounts(told, names.get(Namespace.IPC)))),
        devices=Known(_devices(told)),
        read_only_root=Known(told.read_only_root),
        masked_paths=masked,
        read_only_paths=read_only,
        evidence=tuple(
            Evidence(field=name, at=Location(path=path, field=where), assumed=name in assumed)
            for name, where in FIELDS.items()
        ),
    )
    return in_sandbox(made, Known(kernel_of(told.runtime)))


def kernel_of(runtime: str) -> Kernel:
    """Whose kernel an OCI runtime of this name gives its containers."""
    return next((kernel for word, kernel in SANDBOXES.items() if word in runtime.lower()), Kernel.HOST)


def _ids(told: Inspection) -> tuple[Maybe[int], Maybe[int]]:
    user, _, group = told.user.partition(":")
    root = user in ("", "0", "root")
    uid = Known(0) if root else _number(user, f"the user {user} is in the image's passwd")
    if not group:
        return uid, Known(0) if root else Unknown(f"the image's passwd says which group {user} has")
    return uid, _number(group, f"the group {group} is in the image")


def _number(word: str, otherwise: str) -> Maybe[int]:
    numeric = word.isascii() and word.isdecimal() and len(word) <= 10
    return Known(int(word)) if numeric else Unknown(otherwise)


def _capabilities(told: Inspection) -> Maybe[CapabilitySets]:
    """After execve. Podman gives an ordinary user what was added as ambient capabilities; Docker gives it none."""
    ids = _ids(told)[0]
    ordinary = isinstance(ids, Known) and ids.value != 0
    try:
        bounding = _docker_mask(told) if told.bounding is None else mask_of(told.bounding)
        held = bounding if told.effective is None else mask_of(told.effective)
    except Malformed as cause:
        return Unknown(cause.wrong)
    if isinstance(ids, Unknown) and told.effective is None:
        return Unknown(f"whether it is root is not known: {ids.reason}")
    ambient = held if ordinary and told.effective is not None else 0
    given = CapabilitySets(effective=held, permitted=held, inheritable=ambient, bounding=bounding, ambient=ambient)
    nnp = bool(_options(told, "no-new-privileges"))
    uid = ids.value if isinstance(ids, Known) else 0
    return Known(oci_confinement.after_execve(given, uid, no_new_privileges=nnp))


def _docker_mask(told: Inspection) -> int:
    """The order is Docker's: ALL added less what is dropped, else what is added to what is left of the default."""
    if told.privileged:
        return ALL_CAPABILITIES
    everything = {"ALL", "CAP_ALL"}
    added, dropped = ({name.upper() for name in names} for names in (told.added, told.dropped))
    if added & everything:
        return ALL_CAPABILITIES & ~mask_of(dropped - everything)
    default = 0 if dropped & everything else runtime_defaults.default_capabilities("docker")
    return default & ~mask_of(dropped - everything) | mask_of(added)


def _options(told: Inspection, name: str) -> tuple[str, ...]:
    """The values of a security option; Docker before 1.11 wrote a colon for the equals sign."""
    marks = (f"{name}=", f"{name}:")
    return tuple(item[len(name) + 1 :] for item in told.security_options if item == name or item.startswith(marks))


def _syscalls(told: Inspection, capabilities: Maybe[CapabilitySets], version: str) -> Maybe[SyscallFilter]:
    """Docker keeps the whole profile in the option, Podman its path."""
    named = _options(told, "seccomp")
    if (told.privileged and not named) or "unconfined" in named:
        return Known(UNCONFINED)
    if isinstance(capabilities, Unknown):
        return capabilities
    mask = capabilities.value.bounding
    own = [value for value in named if value not in ("", "builtin")]
    if not own:
        return Known(runtime_defaults.default_filter(told.engine, mask, version=version))
    if not own[-1].lstrip().startswith("{"):
        return Unknown(f"the seccomp profile {own[-1]} lies on its host")
    try:
        return Known(seccomp_profile.resolve(seccomp_profile.parse(own[-1].encode()), "custom", mask))
    except RingfenceError as cause:
        return Unknown(cause.diagnostics())


def _names(told: Inspection) -> dict[Namespace, Sharing]:
    """A kind that the inspection does not tell is left out: Podman 4.3 calls IPC `shareable` even where it is the host's."""
    modes = told.modes
    found = {Namespace.MOUNT: Sharing.OWN, Namespace.TIME: Sharing.HOST}
    found[Namespace.USER] = Sharing.OWN if told.uid_map else Sharing.HOST
    asked = {
        Namespace.PID: modes.pid,
        Namespace.IPC: modes.ipc,
        Namespace.UTS: modes.uts,
        Namespace.NETWORK: modes.network,
        Namespace.CGROUP: modes.cgroup,
    }
    if told.engine == "podman" and modes.ipc == "shareable":
        asked[Namespace.IPC] = next(iter(_flags(told, "--ipc")), "private") if told.command else "untold"
    for kind, mode in asked.items():
        if mode == "untold" or (kind is Namespace.CGROUP and not mode):
            continue
        other = mode.startswith(("container:", "ns:", "pod:"))
        found[kind] = Sharing.HOST if mode == "host" else Sharing.OTHER if other else Sharing.OWN
    return found


def _flags(told: Inspection, name: str) -> Iterator[str]:
    """What the command line gave an option, as `--name=value` or `--name value`, up to the image."""
    words = iter(told.command)
    for word in words:
        if word == told.image:
            return
        if word == name:
            yield next(words, "")
        elif word.startswith(f"{name}="):
            yield word.removeprefix(f"{name}=")


def _guarded(told: Inspection, version: str) -> tuple[Maybe[tuple[str, ...]], Maybe[tuple[str, ...]]]:
    if told.masked_paths is not None and told.read_only_paths is not None:
        return Known(told.masked_paths), Known(told.read_only_paths)
    if told.privileged:
        return Known(()), Known(())
    if not told.command:
        untold = Unknown(f"an inspection by {told.engine} does not tell which paths are hidden")
        return untold, untold
    own = runtime_defaults.defaults(told.engine, version)
    options = tuple(_flags(told, "--security-opt"))
    shown = [path for item in options if item.startswith("unmask=") for path in item.removeprefix("unmask=").split(":")]
    hidden = [path for item in options if item.startswith("mask=") for path in item.removeprefix("mask=").split(":")]
    if any("*" in path for path in shown):
        untold = Unknown("paths are unmasked by a pattern")
        return untold, untold
    if "ALL" in shown or "systempaths=unconfined" in options:
        return Known(tuple(hidden)), Known(())
    masked = (*(path for path in own.masked_paths if path not in shown), *hidden)
    return Known(masked), Known(tuple(path for path in own.read_only_paths if path not in shown))


def _lsm(told: Inspection) -> Maybe[Lsm]:
    if told.apparmor:
        return Known(Lsm(module="apparmor", label=told.apparmor, enforcing=told.apparmor != "unconfined"))
    parts = told.label.split(":")
    if told.label:
        enforcing = len(parts) > 2 and parts[2] not in ("spc_t", "unconfined_t")
        return Known(Lsm(module="selinux", label=told.label, enforcing=enforcing))
    return Unknown("the engine gave no label; the kernel has the last word")


def _devices(told: Inspection) -> tuple[str, ...]:
    """Those given, as device or by a bind; a privileged container has all of the host's."""
    bound = (item.destination for item in told.mounts if oci_confinement.is_device(item.source))
    return ("/dev",) if told.privileged else (*told.devices, *bound)


def _mounts(told: Inspection, ipc: Sharing | None) -> Iterator[Mount]:
    """Both engines bind the host's shared memory into a container that has the host's IPC namespace, and do not say so."""
    for item in told.mounts:
        if item.kind in ("bind", "volume", "") and not oci_confinement.is_device(item.source):
            yield Mount(
                source=item.source,
                destination=item.destination,
                read_only=item.read_only,
                propagation=item.propagation,
            )
    if ipc is Sharing.HOST:
        yield Mount(source=SHARED_MEMORY, destination=SHARED_MEMORY, propagation="rprivate")
