"""How the engines of this host are guarded: their defaults, sockets, files, storage, and whom they believe about images."""

import stat
from collections.abc import Iterator

from ringfence.errors import RingfenceError
from ringfence.formats import image_trust, mountinfo, subordinate_ids
from ringfence.io.world import Target, World
from ringfence.layers.runtime.collect.engine_audit import audit
from ringfence.layers.runtime.collect.engine_sockets import sockets
from ringfence.layers.runtime.collect.installed import present
from ringfence.layers.runtime.collect.written_defaults import engines, running_dockerd
from ringfence.layers.runtime.facts import Engine, EngineApi, EngineFile, EngineStorage, Facts, ImageTrust, SubordinateIds
from ringfence.model.declare import Source
from ringfence.model.finding import Problem
from ringfence.model.knowledge import Known, Maybe, Unknown
from ringfence.model.location import Location

SOURCE = Source(slug="engine-defences", targets=("host",))

FILES = (
    *("/etc/docker", "/etc/docker/daemon.json", "/etc/default/docker", "/etc/sysconfig/docker", "/etc/containerd"),
    *("/etc/containerd/config.toml", "/etc/containers", "/etc/containers/containers.conf", "/etc/containers/policy.json"),
    *("/etc/containers/registries.conf", "/etc/containers/storage.conf", "/etc/crio", "/etc/crio/crio.conf"),
    *("/lib/systemd/system/docker.service", "/lib/systemd/system/docker.socket", "/lib/systemd/system/containerd.service"),
    *("/etc/systemd/system/docker.service", "/lib/systemd/system/crio.service", "/etc/rancher/k3s/config.yaml"),
    *("/etc/rancher/rke2/config.yaml", "/etc/kata-containers/configuration.toml", "/etc/cni/net.d", "/opt/cni/bin"),
)
"""What an engine reads or starts, beside its programs: the files of CIS Docker Benchmark 1.6.0, section 3, and their kin."""

STORAGE = {
    "docker": "/var/lib/docker",
    "containerd": "/var/lib/containerd",
    "podman": "/var/lib/containers/storage",
    "cri-o": "/var/lib/containers/storage",
}
POLICY = "/etc/containers/policy.json"
CERTS = "/etc/docker/certs.d"
MAX_REGISTRIES = 1_000
SUBORDINATES = ("/etc/subuid", "/etc/subgid")


def collect(target: Target, world: World) -> Iterator[Facts]:
    """One `Facts`; none if the host has no engine."""
    if target.kind != "host":
        return
    found = present(world)
    if not found:
        return
    names = frozenset(found.values())
    written = tuple(engines(world, names))
    yield Facts(
        node=world.node,
        collected_on=world.today,
        apis=tuple(_apis(world, written)),
        engines=written,
        sockets=tuple(sockets(world)),
        files=tuple(_files(world, [*FILES, *found, *_certificates(world)], written)),
        storage=tuple(_storage(world, names)),
        trust=_trust(world) if names & {"podman", "buildah", "cri-o"} else None,
        subordinates=tuple(_subordinates(world)),
        audit=audit(world, found),
    )


def _apis(world: World, written: tuple[Engine, ...]) -> Iterator[EngineApi]:
    """Addresses on dockerd's command line, and containerd's on TCP. Those of daemon.json are another source's."""
    daemon = running_dockerd(world)
    if daemon is not None and daemon.flags.listens:
        verified = Known(daemon.flags.verifies_clients)
        at = Location(path=daemon.at, field="--host")
        yield EngineApi(node=world.node, engine="docker", listens=daemon.flags.listens, tls_verified=verified, at=at)
    for item in written:
        if isinstance(item.defaults, Known) and item.defaults.value.tcp:
            at = Location(path=item.at.path, field="grpc.tcp_address")
            listens = item.defaults.value.tcp
            yield EngineApi(node=world.node, engine=item.name, listens=listens, tls_verified=Known(False), at=at)


def _files(world: World, paths: list[str], written: tuple[Engine, ...]) -> Iterator[EngineFile]:
    said = [item.defaults.value for item in written if isinstance(item.defaults, Known)]
    keys = {item.key for item in said if item.key} | {
        path for path in paths if path.startswith(CERTS) and path.endswith(".key")
    }
    named = [path for item in said for path in (*item.certificates, item.key) if path.startswith("/")]
    for path in dict.fromkeys((*paths, *named)):
        try:
            entry = world.host.entry(path)
        except RingfenceError:
            continue
        mode = stat.S_IMODE(entry.mode)
        yield EngineFile(node=world.node, path=path, mode=mode, owner=entry.uid, group=entry.gid, secret=path in keys)


def _certificates(world: World) -> Iterator[str]:
    """Certificates and keys by which Docker knows registries and they know it (`certs.d/HOST/`)."""
    try:
        for registry in world.host.names(CERTS)[:MAX_REGISTRIES]:
            folder = f"{CERTS}/{registry}"
            yield from (f"{folder}/{name}" for name in world.host.names(folder) if name.endswith((".crt", ".cert", ".key")))
    except RingfenceError as problem:
        world.report(Problem(where=CERTS, why=problem.wrong, mend=problem.mend))


def _storage(world: World, names: frozenset[str]) -> Iterator[EngineStorage]:
    points: Maybe[frozenset[str]]
    try:
        points = Known(frozenset(item.point for item in mountinfo.parse(world.host.read("/proc/1/mountinfo"))))
    except RingfenceError as problem:
        points = Unknown(problem.diagnostics())
    for path, engine in {STORAGE[name]: name for name in sorted(names & STORAGE.keys())}.items():
        if world.host.exists(path):
            yield EngineStorage(node=world.node, engine=engine, path=path, own_file_system=_own(path, points))


def _own(path: str, points: Maybe[frozenset[str]]) -> Maybe[bool]:
    match points:
        case Unknown() as unknown:
            return unknown
        case Known(mounted):
            parts = path.strip("/").split("/")
            return Known(any("/" + "/".join(parts[:depth]) in mounted for depth in range(1, len(parts) + 1)))


def _trust(world: World) -> ImageTrust:
    at = Location(path=POLICY)
    try:
        return ImageTrust(node=world.node, policy=Known(image_trust.parse_policy(world.host.read(POLICY))), at=at)
    except RingfenceError as problem:
        return ImageTrust(node=world.node, policy=Unknown(problem.diagnostics()), at=at)


def _subordinates(world: World) -> Iterator[SubordinateIds]:
    for path in SUBORDINATES:
        if not world.host.exists(path):
            continue
        try:
            ranges = Known(subordinate_ids.parse(world.host.read(path)))
        except RingfenceError as problem:
            world.report(Problem(where=path, why=problem.wrong, mend=problem.mend))
            yield SubordinateIds(node=world.node, path=path, ranges=Unknown(problem.diagnostics()))
            continue
        yield SubordinateIds(node=world.node, path=path, ranges=ranges)
