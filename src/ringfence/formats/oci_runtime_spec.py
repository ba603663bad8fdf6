"""The `config.json` of an OCI bundle, as engines write it for runc and crun.

Source: OCI runtime specification 1.2, config.md and config-linux.md.
"""

import msgspec

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import seccomp_profile, typed_json
from ringfence.formats.seccomp_profile import SeccompProfile
from ringfence.model.device_access import ANY, DeviceRule
from ringfence.model.fact import Fact

MAX_ENTRIES = 20_000
"""Mounts, devices or id ranges of one container; a privileged one has some hundred devices."""

FORM = "OCI config.json"


class User(Fact):
    """Who the first process runs as, as seen inside."""

    uid: int = 0
    gid: int = 0


class Capabilities(Fact):
    """The five sets by name; a set left out is empty."""

    bounding: tuple[str, ...] = ()
    effective: tuple[str, ...] = ()
    permitted: tuple[str, ...] = ()
    inheritable: tuple[str, ...] = ()
    ambient: tuple[str, ...] = ()


class SpecMount(Fact):
    """A mount as written: a bind mount has type `bind` or the option `bind` or `rbind`."""

    destination: str
    kind: str = ""
    source: str = ""
    options: tuple[str, ...] = ()


class SpecNamespace(Fact):
    """A namespace to make, or, with `path`, one to join."""

    kind: str
    path: str = ""


class SpecIdRange(Fact):
    """A line of an id map."""

    inside: int
    outside: int
    length: int


class RuntimeSpec(Fact):
    """What Ringfence needs of a `config.json`. `seccomp` is None where the container has no filter.

    `linux` is False for a bundle of another system or of a virtual machine alone.
    """

    linux: bool = True
    user: User = User()
    capabilities: Capabilities = Capabilities()
    no_new_privileges: bool = False
    apparmor: str = ""
    selinux: str = ""
    root_read_only: bool = False
    mounts: tuple[SpecMount, ...] = ()
    annotations: dict[str, str] = {}
    namespaces: tuple[SpecNamespace, ...] = ()
    uid_map: tuple[SpecIdRange, ...] = ()
    gid_map: tuple[SpecIdRange, ...] = ()
    masked_paths: tuple[str, ...] = ()
    read_only_paths: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    all_devices: bool = False
    device_rules: tuple[DeviceRule, ...] = ()
    root_path: str = ""
    root_propagation: str = ""
    """What becomes of the host's mounts in the container's namespace: empty is left to the runtime."""
    cgroups_path: str = ""
    seccomp: SeccompProfile | None = None


class _User(msgspec.Struct):
    uid: int = 0
    gid: int = 0


class _Capabilities(msgspec.Struct):
    bounding: tuple[str, ...] | None = None
    effective: tuple[str, ...] | None = None
    permitted: tuple[str, ...] | None = None
    inheritable: tuple[str, ...] | None = None
    ambient: tuple[str, ...] | None = None


class _Process(msgspec.Struct):
    user: _User | None = None
    capabilities: _Capabilities | None = None
    noNewPrivileges: bool = False  # noqa: N815 - the name in the file
    apparmorProfile: str = ""  # noqa: N815 - the name in the file
    selinuxLabel: str = ""  # noqa: N815 - the name in the file


class _Root(msgspec.Struct):
    path: str = ""
    readonly: bool = False


class _Mount(msgspec.Struct):
    destination: str
    type: str = ""
    source: str = ""
    options: tuple[str, ...] | None = None


class _Namespace(msgspec.Struct):
    type: str
    path: str = ""


class _IdRange(msgspec.Struct):
    containerID: int  # noqa: N815 - the name in the file
    hostID: int  # noqa: N815 - the name in the file
    size: int


class _Device(msgspec.Struct):
    path: str


class _DeviceRule(msgspec.Struct):
    allow: bool = False
    type: str | None = None
    major: int | None = None
    minor: int | None = None
    access: str | None = None


class _Resources(msgspec.Struct):
    devices: tuple[_DeviceRule, ...] | None = None


class _Linux(msgspec.Struct):
    namespaces: tuple[_Namespace, ...] | None = None
    uidMappings: tuple[_IdRange, ...] | None = None  # noqa: N815 - the name in the file
    gidMappings: tuple[_IdRange, ...] | None = None  # noqa: N815 - the name in the file
    maskedPaths: tuple[str, ...] | None = None  # noqa: N815 - the name in the file
    readonlyPaths: tuple[str, ...] | None = None  # noqa: N815 - the name in the file
    devices: tuple[_Device, ...] | None = None
    resources: _Resources | None = None
    rootfsPropagation: str = ""  # noqa: N815 - the name in the file
    cgroupsPath: str = ""  # noqa: N815 - the name in the file
    seccomp: msgspec.Raw = msgspec.Raw(b"null")


class _Spec(msgspec.Struct):
    ociVersion: str  # noqa: N815 - the name in the file
    process: _Process | None = None
    root: _Root | None = None
    mounts: tuple[_Mount, ...] | None = None
    annotations: dict[str, str] | None = None
    linux: _Linux | None = None


def parse(data: bytes) -> RuntimeSpec:
    """The bundle's configuration. Raises `Malformed`, or `LimitExceeded` for one beyond reason."""
    read = typed_json.decode(data, _Spec, FORM)
    process = read.process or _Process()
    user = process.user or _User()
    linux = read.linux or _Linux()
    mounts, devices = read.mounts or (), linux.devices or ()
    for entries in (mounts, devices, linux.uidMappings or (), linux.gidMappings or (), linux.namespaces or ()):
        if len(entries) > MAX_ENTRIES:
            raise LimitExceeded(f"entries of one list in an {FORM}", MAX_ENTRIES)
    seccomp = bytes(linux.seccomp)
    return RuntimeSpec(
        linux=read.linux is not None,
        user=User(uid=_id(user.uid), gid=_id(user.gid)),
        capabilities=_capabilities(process.capabilities),
        no_new_privileges=process.noNewPrivileges,
        apparmor=process.apparmorProfile,
        selinux=process.selinuxLabel,
        root_read_only=read.root is not None and read.root.readonly,
        mounts=tuple(
            SpecMount(destination=item.destination, kind=item.type, source=item.source, options=item.options or ())
            for item in mounts
        ),
        annotations=read.annotations or {},
        namespaces=tuple(SpecNamespace(kind=item.type, path=item.path) for item in linux.namespaces or ()),
        uid_map=_ranges(linux.uidMappings),
        gid_map=_ranges(linux.gidMappings),
        masked_paths=linux.maskedPaths or (),
        read_only_paths=linux.readonlyPaths or (),
        devices=tuple(item.path for item in devices),
        all_devices=_all_devices(linux.resources),
        device_rules=_device_rules(linux.resources),
        root_propagation=linux.rootfsPropagation,
        root_path=read.root.path if read.root else "",
        cgroups_path=linux.cgroupsPath,
        seccomp=seccomp_profile.parse(seccomp) if seccomp.strip() != b"null" else None,
    )


def _id(number: int) -> int:
    if not 0 <= number < 1 << 32:
        raise Malformed(FORM, f"{number} is no user or group id")
    return number


def _capabilities(read: _Capabilities | None) -> Capabilities:
    if read is None:
        return Capabilities()
    return Capabilities(
        bounding=read.bounding or (),
        effective=read.effective or (),
        permitted=read.permitted or (),
        inheritable=read.inheritable or (),
        ambient=read.ambient or (),
    )


def _ranges(read: tuple[_IdRange, ...] | None) -> tuple[SpecIdRange, ...]:
    return tuple(
        SpecIdRange(inside=_id(item.containerID), outside=_id(item.hostID), length=_id(item.size)) for item in read or ()
    )


def _device_rules(resources: _Resources | None) -> tuple[DeviceRule, ...]:
    """The rules in their order. Without a kind or number a rule is about every one."""
    found = (resources.devices or ()) if resources else ()
    if len(found) > MAX_ENTRIES:
        raise LimitExceeded(f"device rules of an {FORM}", MAX_ENTRIES)
    return tuple(
        DeviceRule(
            kind=rule.type if rule.type in ("b", "c") else "a",
            major=_number(rule.major),
            minor=_number(rule.minor),
            access="".join(letter for letter in "rwm" if letter in (rule.access or "rwm")),
            allow=rule.allow,
        )
        for rule in found
    )


def _number(number: int | None) -> int:
    """A device's number; a negative one is runc's own word for every one."""
    return ANY if number is None or number < 0 else number


def _all_devices(resources: _Resources | None) -> bool:
    """Whether the last rule for every device allows it: what engines write for a privileged container."""
    answer = False
    for rule in (resources.devices or ()) if resources else ():
        if rule.type in (None, "", "a") and rule.major is None:
            answer = rule.allow
    return answer
