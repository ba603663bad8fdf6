"""What somebody wrote into the engines' configuration for every container, by files and by dockerd's command line."""

from collections.abc import Callable, Iterator

from ringfence.errors import RingfenceError
from ringfence.formats import dockerd_flags, engine_defaults, image_trust
from ringfence.formats.dockerd_flags import DockerdFlags
from ringfence.formats.engine_defaults import EngineDefaults
from ringfence.io.world import World
from ringfence.layers.runtime.collect.engine_settings import FILES, files_of, handlers
from ringfence.layers.runtime.facts import Engine
from ringfence.model.fact import Fact
from ringfence.model.knowledge import Known, Maybe, Unknown
from ringfence.model.location import Location

PARSERS: dict[str, Callable[[bytes], EngineDefaults]] = {
    "podman": engine_defaults.parse_containers_conf,
    "cri-o": engine_defaults.parse_crio_conf,
    "containerd": engine_defaults.parse_containerd_config,
    "docker": engine_defaults.parse_docker_daemon,
}
REGISTRIES = ("/etc/containers/registries.conf", "/etc/containers/registries.conf.d/")
CERTS = "/etc/containerd/certs.d"
K3S = ("/etc/rancher/k3s/registries.yaml", "/etc/rancher/rke2/registries.yaml")
MAX_PROCESSES = 100_000


class Daemon(Fact):
    """A running dockerd: its command line, and whether it runs as another user than root."""

    flags: DockerdFlags
    rootless: bool
    at: str


def engines(world: World, installed: frozenset[str]) -> Iterator[Engine]:
    """Every installed engine whose configuration we read, with what it says; all unknown if a file cannot be read."""
    for name in sorted(installed & PARSERS.keys()):
        at, read = _files(world, name)
        daemon = running_dockerd(world) if name == "docker" else None
        if daemon is not None and isinstance(read, Known):
            at, read = daemon.at, Known(daemon.flags.defaults.over(read.value))
        yield Engine(
            node=world.node,
            name=name,
            defaults=read,
            rootless=daemon is not None and daemon.rootless,
            handlers=handlers(world, name),
            at=Location(path=at),
        )


def running_dockerd(world: World) -> Daemon | None:
    """The first dockerd among the processes."""
    try:
        pids = [name for name in world.host.names("/proc") if name.isdecimal()][:MAX_PROCESSES]
    except RingfenceError:
        return None
    for pid in pids:
        try:
            if world.host.text(f"/proc/{pid}/comm", 64) != "dockerd":
                continue
            line = world.host.read(f"/proc/{pid}/cmdline", 1024 * 1024)
            owner = world.host.entry(f"/proc/{pid}").uid
        except RingfenceError:
            continue
        return Daemon(flags=dockerd_flags.parse(line), rootless=owner != 0, at=f"/proc/{pid}/cmdline")
    return None


def _files(world: World, name: str) -> tuple[str, Maybe[EngineDefaults]]:
    found, at = EngineDefaults(), FILES[name][1][0]
    try:
        for path in files_of(world, FILES[name][1]):
            found, at = PARSERS[name](world.host.read(path)).over(found), path
        insecure = (*found.insecure_registries, *_registries(world, name))
    except RingfenceError as problem:
        return problem.where or at, Unknown(problem.diagnostics())
    return at, Known(EngineDefaults(insecure_registries=insecure).over(found))


def _registries(world: World, name: str) -> Iterator[str]:
    """Registries reached without verified TLS, by files that are not the engine's own configuration."""
    if name in ("podman", "cri-o"):
        for path in files_of(world, REGISTRIES):
            yield from image_trust.parse_registries_conf(world.host.read(path))
    elif name == "containerd":
        for host in world.host.names(CERTS):
            if world.host.exists(f"{CERTS}/{host}/hosts.toml"):
                yield from image_trust.parse_hosts_toml(world.host.read(f"{CERTS}/{host}/hosts.toml"))
        for path in K3S:
            if world.host.exists(path):
                yield from image_trust.parse_k3s_registries(world.host.read(path))
