"""How the engines of this host are set up: which OCI runtimes each calls, and where its API listens."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from ringfence.errors import RingfenceError
from ringfence.formats import engine_config
from ringfence.formats.engine_config import EngineConfig
from ringfence.io.world import World
from ringfence.layers.runtime.facts import EngineApi, Handler
from ringfence.model.finding import Problem
from ringfence.model.knowledge import Known
from ringfence.model.location import Location

FILES: dict[str, tuple[Callable[[bytes], EngineConfig], tuple[str, ...]]] = {
    "podman": (
        engine_config.parse_containers_conf,
        ("/usr/share/containers/containers.conf", "/etc/containers/containers.conf", "/etc/containers/containers.conf.d/"),
    ),
    "cri-o": (engine_config.parse_crio_conf, ("/etc/crio/crio.conf", "/etc/crio/crio.conf.d/")),
    "containerd": (
        engine_config.parse_containerd_config,
        (
            *(
                "/etc/containerd/config.toml",
                "/etc/containerd/conf.d/",
                "/var/lib/rancher/k3s/agent/etc/containerd/config.toml",
            ),
            *("/var/lib/rancher/rke2/agent/etc/containerd/config.toml", "/var/snap/microk8s/current/args/containerd.toml"),
            *("/etc/k0s/containerd.toml", "/opt/kata/containerd/config.d/"),
        ),
    ),
    "docker": (engine_config.parse_docker_daemon, ("/etc/docker/daemon.json",)),
}
"""An engine's files in the order in which they count, the last word last; a path that ends in a slash is a folder."""

SAME_FILES = {"buildah": "podman"}
"""Engines that read another one's files."""

DEFAULTS = {
    "podman": ("crun", "runc"),
    "buildah": ("crun", "runc"),
    "cri-o": ("crun", "runc"),
    "containerd": ("runc",),
    "docker": ("runc",),
    "buildkit": ("runc",),
    "nerdctl": ("containerd",),
    "cri-dockerd": ("docker",),
    "lxd": ("lxc",),
    "incus": ("lxc",),
}
"""The OCI runtimes an engine looks for unasked, the first that is installed being used.

Sources: containers.conf(5) `runtime`; crio.conf(5) `default_runtime`; containerd docs/cri/config.md; dockerd(8).
"""

BESIDES = {"docker": ("containerd",)}
"""What an engine starts its containers through, besides the OCI runtime."""

BEGINNINGS = {
    "kata": "kata-containers",
    "containerd-shim-kata": "kata-containers",
    "runsc": "gvisor",
    "gvisor": "gvisor",
    "containerd-shim-runsc": "gvisor",
    "sysbox": "sysbox",
    "crun": "crun",
    "youki": "youki",
    "io.containerd.runc": "runc",
    "docker-runc": "runc",
    "nvidia-container-runtime": "runc",
}
"""How names of runtimes in configuration files begin that are a component's: `kata-qemu` and `kata-clh` are Kata's (its
kata-deploy), `crun-wasm` is crun's, nvidia-container-runtime changes the bundle and starts runc."""


def calls(world: World, engine: str, installed: frozenset[str]) -> tuple[str, ...]:
    """The components `engine` starts containers with, the default first; only those that are installed are guessed."""
    if engine not in DEFAULTS:
        return ()
    config, _ = _config(world, SAME_FILES.get(engine, engine))
    present = [name for name in DEFAULTS[engine] if name in installed] or list(DEFAULTS[engine][:1])
    chosen = [_component(config.default)] if config.default else present[:1]
    offered = [name for name in map(_component, config.runtimes) if name in installed]
    return tuple(dict.fromkeys((*chosen, *offered, *present, *(BESIDES.get(engine, ())))))


def apis(world: World, engines: frozenset[str]) -> Iterator[EngineApi]:
    """The API of each engine whose configuration says where it listens."""
    # What cannot be read was reported when the engine's runtimes were asked for.
    quiet = replace(world, report=lambda _problem: None)
    for engine in sorted(engines & {"docker"}):
        config, path = _config(quiet, engine)
        if config.listens:
            yield EngineApi(
                node=world.node,
                engine=engine,
                listens=config.listens,
                tls_verified=Known(config.verifies_clients),
                at=Location(path=path, field="hosts"),
            )


def handlers(world: World, engine: str) -> tuple[Handler, ...]:
    """The runtimes that the configuration of `engine` names, by the name one asks for."""
    quiet = replace(world, report=lambda _problem: None)
    config, _ = _config(quiet, SAME_FILES.get(engine, engine))
    return tuple(Handler(name=name, program=program, component=_component(program)) for name, program in config.handlers)


def _component(name: str) -> str:
    return next((component for beginning, component in BEGINNINGS.items() if name.startswith(beginning)), name)


def _config(world: World, engine: str) -> tuple[EngineConfig, str]:
    """The settings of an engine, later files over earlier ones, and the last file that said something."""
    merged, where = EngineConfig(), ""
    parse, places = FILES.get(engine, (None, ()))
    for path in files_of(world, places):
        try:
            read = parse(world.host.read(path)) if parse else EngineConfig()
        except RingfenceError as cause:
            world.report(Problem(where=path, why=cause.wrong, mend=cause.mend))
            continue
        where = path
        merged = EngineConfig(
            default=read.default or merged.default,
            runtimes=tuple(dict.fromkeys((*merged.runtimes, *read.runtimes))),
            handlers=tuple({**dict(merged.handlers), **dict(read.handlers)}.items()),
            listens=read.listens or merged.listens,
            verifies_clients=read.verifies_clients or merged.verifies_clients,
        )
    return merged, where


def files_of(world: World, places: tuple[str, ...]) -> Iterator[str]:
    """Those of `places` that are there, in order; of a folder its `.conf` and `.toml` files by name."""
    for place in places:
        if place.endswith("/"):
            yield from (f"{place}{name}" for name in _names(world, place) if name.endswith((".conf", ".toml")))
        elif world.host.exists(place):
            yield place


def _names(world: World, folder: str) -> tuple[str, ...]:
    try:
        return world.host.names(folder)
    except RingfenceError as cause:
        world.report(Problem(where=folder, why=cause.wrong, mend=cause.mend))
        return ()
