"""Configuration of container engines, reduced to which OCI runtimes they call and where their API listens.

Sources: containers.conf(5), crio.conf(5), containerd's docs/cri/config.md (versions 2 and 3), dockerd(8) "daemon.json".
"""

import msgspec

from ringfence.formats import typed_json, typed_toml
from ringfence.model.fact import Fact


class EngineConfig(Fact):
    """`default` is the OCI runtime used unless asked otherwise (empty: not said), `runtimes` those one may ask for.

    `handlers` are the names by which a pod or a user asks for one, each with the program behind it. `listens` are the
    addresses of the API; `verifies_clients` whether TLS clients must show a certificate.
    """

    default: str = ""
    runtimes: tuple[str, ...] = ()
    handlers: tuple[tuple[str, str], ...] = ()
    listens: tuple[str, ...] = ()
    verifies_clients: bool = False


class _Engine(msgspec.Struct, frozen=True):
    runtime: str = ""
    runtimes: dict[str, tuple[str, ...]] = {}


class _ContainersConf(msgspec.Struct, frozen=True):
    engine: _Engine = _Engine()


class _CrioHandler(msgspec.Struct, frozen=True):
    runtime_path: str = ""
    runtime_type: str = ""


class _CrioRuntime(msgspec.Struct, frozen=True):
    default_runtime: str = ""
    runtimes: dict[str, _CrioHandler] = {}


class _Crio(msgspec.Struct, frozen=True):
    runtime: _CrioRuntime = _CrioRuntime()


class _CrioConf(msgspec.Struct, frozen=True):
    crio: _Crio = _Crio()


class _ContainerdOptions(msgspec.Struct, frozen=True):
    BinaryName: str = ""


class _ContainerdRuntime(msgspec.Struct, frozen=True):
    runtime_type: str = ""
    options: _ContainerdOptions = _ContainerdOptions()


class _ContainerdRuntimes(msgspec.Struct, frozen=True):
    default_runtime_name: str = "runc"
    runtimes: dict[str, _ContainerdRuntime] = {}


class _ContainerdPlugin(msgspec.Struct, frozen=True):
    containerd: _ContainerdRuntimes | None = None


class _ContainerdConf(msgspec.Struct, frozen=True):
    plugins: dict[str, _ContainerdPlugin] = {}


class _DockerRuntime(msgspec.Struct, frozen=True, rename={"runtime_type": "runtimeType"}):
    path: str = ""
    runtime_type: str = ""


class _DockerDaemon(msgspec.Struct, frozen=True, rename={"default_runtime": "default-runtime"}):
    default_runtime: str = ""
    runtimes: dict[str, _DockerRuntime] = {}
    hosts: tuple[str, ...] = ()
    tlsverify: bool = False


def parse_containers_conf(data: bytes) -> EngineConfig:
    """A `containers.conf` of Podman and Buildah. Raises `Malformed` or `LimitExceeded`."""
    read = typed_toml.decode(data, _ContainersConf, "containers.conf")
    named = {name: _base(paths[0]) if paths else name for name, paths in read.engine.runtimes.items()}
    return EngineConfig(default=_base(read.engine.runtime), runtimes=tuple(named), handlers=tuple(named.items()))


def parse_crio_conf(data: bytes) -> EngineConfig:
    """A `crio.conf` or a file of `crio.conf.d`. Raises `Malformed` or `LimitExceeded`."""
    read = typed_toml.decode(data, _CrioConf, "crio.conf").crio.runtime
    named = {name: _base(item.runtime_path) or name for name, item in read.runtimes.items()}
    return EngineConfig(default=read.default_runtime, runtimes=tuple(named), handlers=tuple(named.items()))


def parse_containerd_config(data: bytes) -> EngineConfig:
    """A `config.toml` of containerd. Raises `Malformed` or `LimitExceeded`."""
    read = typed_toml.decode(data, _ContainerdConf, "containerd config.toml")
    for plugin in read.plugins.values():
        if plugin.containerd is not None and plugin.containerd.runtimes:
            named = {name: _containerd_runtime(item) for name, item in plugin.containerd.runtimes.items()}
            return EngineConfig(
                default=named.get(plugin.containerd.default_runtime_name, ""),
                runtimes=tuple(named.values()),
                handlers=tuple(named.items()),
            )
    return EngineConfig()


def parse_docker_daemon(data: bytes) -> EngineConfig:
    """Docker's `daemon.json`. Raises `Malformed` or `LimitExceeded`."""
    read = typed_json.decode(data, _DockerDaemon, "daemon.json")
    return EngineConfig(
        default=read.default_runtime,
        runtimes=tuple(read.runtimes),
        handlers=tuple((name, _docker_runtime(name, item)) for name, item in read.runtimes.items()),
        listens=read.hosts,
        verifies_clients=read.tlsverify,
    )


def _containerd_runtime(runtime: _ContainerdRuntime) -> str:
    """The program behind a shim: `io.containerd.kata.v2` starts kata, runc's shim whatever `BinaryName` says."""
    if runtime.options.BinaryName:
        return _base(runtime.options.BinaryName)
    return _of_shim(runtime.runtime_type)


def _docker_runtime(name: str, runtime: _DockerRuntime) -> str:
    return _base(runtime.path) or _of_shim(runtime.runtime_type) or name


def _of_shim(kind: str) -> str:
    """What a runtime type starts: `io.containerd.NAME.VERSION` is the program containerd-shim-NAME-VERSION, or a path."""
    parts = kind.split(".")
    return parts[2] if len(parts) > 3 else _base(kind)


def _base(path: str) -> str:
    return path.rpartition("/")[2]
