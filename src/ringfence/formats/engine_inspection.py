"""What `docker inspect` and `podman inspect` say of containers: what was asked for, and what the engine made of it.

Sources: moby/moby api/types/container (`InspectResponse`, `HostConfig`) and its swagger description; containers/podman
libpod/define/container_inspect.go (`InspectContainerData`, `InspectContainerHostConfig`). Podman says `EffectiveCaps` and
`BoundingCaps`, which Docker leaves to its defaults; Docker says `MaskedPaths`, which Podman keeps to itself.
"""

import msgspec

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import typed_json
from ringfence.model.confinement import IdRange
from ringfence.model.fact import Fact

FORM = "inspection of a container"
MAX_CONTAINERS = 10_000
"""Containers in one inspection."""
MAX_ENTRIES = 20_000
"""Mounts, devices or options of one container."""


class InspectedMount(Fact):
    """A line of `Mounts`. `kind` is `bind`, `volume`, `tmpfs`, ..."""

    kind: str
    source: str
    destination: str
    read_only: bool
    propagation: str = ""


class Modes(Fact):
    """Whose namespaces were asked for, as written: empty, `private`, `host`, `container:ID`, `ns:PATH`, ..."""

    pid: str = ""
    ipc: str = ""
    uts: str = ""
    network: str = ""
    user: str = ""
    cgroup: str = ""


class Inspection(Fact):
    """One container as its engine tells it.

    `engine` is `docker` or `podman`. `user` is as in the image (`1000:1000`, `nobody`, empty). `effective` and `bounding`
    are None where the engine says only which capabilities were added and dropped. `masked_paths` and `read_only_paths` are
    None where it does not say. `command` is the command line that made the container, empty where none is kept.
    """

    engine: str
    id: str
    name: str
    image: str
    image_id: str
    pid: int
    user: str
    privileged: bool
    read_only_root: bool
    runtime: str
    modes: Modes
    added: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    effective: tuple[str, ...] | None = None
    bounding: tuple[str, ...] | None = None
    security_options: tuple[str, ...] = ()
    mounts: tuple[InspectedMount, ...] = ()
    devices: tuple[str, ...] = ()
    masked_paths: tuple[str, ...] | None = None
    read_only_paths: tuple[str, ...] | None = None
    apparmor: str = ""
    label: str = ""
    uid_map: tuple[IdRange, ...] = ()
    gid_map: tuple[IdRange, ...] = ()
    command: tuple[str, ...] = ()


class _State(msgspec.Struct):
    Pid: int = 0


class _Config(msgspec.Struct):
    User: str = ""
    Image: str = ""
    CreateCommand: tuple[str, ...] | None = None


class _Mount(msgspec.Struct):
    Destination: str
    Type: str = ""
    Source: str = ""
    RW: bool = True
    Propagation: str = ""


class _Device(msgspec.Struct):
    PathInContainer: str = ""


class _IdMappings(msgspec.Struct):
    UidMap: tuple[str, ...] | None = None
    GidMap: tuple[str, ...] | None = None


class _HostConfig(msgspec.Struct):
    # Required: a document without it (nerdctl's) says too little to be judged, and must not be taken for harmless.
    Privileged: bool
    ReadonlyRootfs: bool = False
    Runtime: str = ""
    PidMode: str = ""
    IpcMode: str = ""
    UTSMode: str = ""
    NetworkMode: str = ""
    UsernsMode: str = ""
    CgroupnsMode: str = ""
    CgroupMode: str = ""
    CapAdd: tuple[str, ...] | None = None
    CapDrop: tuple[str, ...] | None = None
    SecurityOpt: tuple[str, ...] | None = None
    Devices: tuple[_Device, ...] | None = None
    MaskedPaths: tuple[str, ...] | None = None
    ReadonlyPaths: tuple[str, ...] | None = None
    IDMappings: _IdMappings | None = None


class _Container(msgspec.Struct):
    Id: str
    HostConfig: _HostConfig
    Name: str = ""
    Image: str = ""
    ImageName: str = ""
    OCIRuntime: str = ""
    State: _State | None = None
    Config: _Config | None = None
    Mounts: tuple[_Mount, ...] | None = None
    AppArmorProfile: str = ""
    ProcessLabel: str = ""
    EffectiveCaps: tuple[str, ...] | None = None
    BoundingCaps: tuple[str, ...] | None = None


def parse(data: bytes) -> tuple[Inspection, ...]:
    """Every container of an inspection. Raises `Malformed`, or `LimitExceeded` for one beyond reason."""
    read = typed_json.decode(data, tuple[_Container, ...], FORM)
    if len(read) > MAX_CONTAINERS:
        raise LimitExceeded("containers of one inspection", MAX_CONTAINERS)
    return tuple(_inspection(item) for item in read)


def parse_one(data: bytes) -> Inspection:
    """One container of an inspection. Raises as `parse`."""
    return _inspection(typed_json.decode(data, _Container, FORM))


def _inspection(item: _Container) -> Inspection:
    asked, config, state = item.HostConfig, item.Config or _Config(), item.State or _State()
    for entries in (item.Mounts, asked.Devices, asked.SecurityOpt, asked.MaskedPaths, asked.ReadonlyPaths):
        if len(entries or ()) > MAX_ENTRIES:
            raise LimitExceeded(f"entries of one list in an {FORM}", MAX_ENTRIES)
    # Podman names the OCI runtime beside the host configuration, where Docker has its own name of it.
    podman = bool(item.OCIRuntime or item.ImageName)
    ids = asked.IDMappings or _IdMappings()
    return Inspection(
        engine="podman" if podman else "docker",
        id=item.Id,
        name=item.Name.removeprefix("/"),
        image=item.ImageName or config.Image,
        image_id=item.Image if item.Image.startswith("sha256:") or not item.Image else f"sha256:{item.Image}",
        pid=state.Pid,
        user=config.User,
        privileged=asked.Privileged,
        read_only_root=asked.ReadonlyRootfs,
        runtime=item.OCIRuntime or asked.Runtime,
        modes=Modes(
            pid=asked.PidMode,
            ipc=asked.IpcMode,
            uts=asked.UTSMode,
            network=asked.NetworkMode,
            user=asked.UsernsMode,
            cgroup=asked.CgroupnsMode or (asked.CgroupMode if podman else ""),
        ),
        added=asked.CapAdd or (),
        dropped=asked.CapDrop or (),
        effective=(item.EffectiveCaps or ()) if podman else None,
        bounding=(item.BoundingCaps or ()) if podman else None,
        security_options=asked.SecurityOpt or (),
        mounts=tuple(_mount(mount) for mount in item.Mounts or ()),
        devices=tuple(device.PathInContainer for device in asked.Devices or ()),
        masked_paths=None if podman else asked.MaskedPaths or (),
        read_only_paths=None if podman else asked.ReadonlyPaths or (),
        apparmor=item.AppArmorProfile,
        label=item.ProcessLabel,
        uid_map=tuple(_range(line) for line in ids.UidMap or ()),
        gid_map=tuple(_range(line) for line in ids.GidMap or ()),
        command=config.CreateCommand or (),
    )


def _mount(mount: _Mount) -> InspectedMount:
    return InspectedMount(
        kind=mount.Type,
        source=mount.Source,
        destination=mount.Destination,
        read_only=not mount.RW,
        propagation=mount.Propagation,
    )


def _range(line: str) -> IdRange:
    parts = line.split(":")
    if len(parts) != 3 or not all(part.isascii() and part.isdecimal() and len(part) <= 10 for part in parts):
        raise Malformed(FORM, f"{line!r} is no range of ids")
    inside, outside, length = map(int, parts)
    return IdRange(inside=inside, outside=outside, length=length)
