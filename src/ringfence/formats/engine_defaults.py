"""What an engine's configuration gives every container that asks for nothing, and whom it believes.

Sources: dockerd(8) "daemon.json"; containers.conf(5); crio.conf(5); containerd docs/cri/config.md (versions 2 and 3).
"""

import msgspec

from ringfence.formats import typed_json, typed_toml
from ringfence.model.fact import Fact


class EngineDefaults(Fact):
    """Settings as somebody wrote them; None and empty where nobody did, so that the engine's own default holds.

    `seccomp` and `apparmor` name a profile, or say `unconfined`. `host_namespaces` are those shared with the host unasked.
    `ulimits` are `name=soft:hard`. `insecure_registries` are those without verified TLS. `log_level` is that of the daemon,
    `firewall` whether it keeps the host's firewall rules; `authorisation` are the plug-ins that are asked about every order;
    `certificates` and `key` are files of its TLS.
    """

    insecure_registries: tuple[str, ...] = ()
    seccomp: str = ""
    apparmor: str = ""
    capabilities: tuple[str, ...] | None = None
    no_new_privileges: bool | None = None
    privileged: bool | None = None
    host_namespaces: tuple[str, ...] = ()
    user_namespaces: str = ""
    ulimits: tuple[str, ...] = ()
    pids_limit: int | None = None
    selinux: bool | None = None
    container_traffic: bool | None = None
    live_restore: bool | None = None
    log_driver: str = ""
    log_level: str = ""
    firewall: bool | None = None
    storage_driver: str = ""
    storage_options: tuple[str, ...] = ()
    cgroup_parent: str = ""
    authorisation: tuple[str, ...] = ()
    userland_proxy: bool | None = None
    experimental: bool | None = None
    certificates: tuple[str, ...] = ()
    key: str = ""
    tcp: tuple[str, ...] = ()
    """TCP addresses of containerd's API that ask clients for no certificate (`[grpc] tcp_address` without `tcp_tls_ca`)."""

    def over(self, earlier: "EngineDefaults") -> "EngineDefaults":
        """These settings, where they say nothing those of a file that was read before."""
        said = {name: getattr(self, name) for name in self.__struct_fields__}
        return msgspec.structs.replace(
            earlier, **{name: value for name, value in said.items() if value not in (None, "", ())}
        )


class _Ulimit(msgspec.Struct, frozen=True, rename={"hard": "Hard", "soft": "Soft"}):
    hard: int = 0
    soft: int = 0


class _Docker(msgspec.Struct, frozen=True, rename=lambda name: name.replace("_", "-")):
    insecure_registries: tuple[str, ...] = ()
    seccomp_profile: str = ""
    no_new_privileges: bool | None = None
    userns_remap: str = ""
    default_ulimits: dict[str, _Ulimit] = {}
    default_ipc_mode: str = ""
    default_cgroupns_mode: str = ""
    selinux_enabled: bool | None = None
    icc: bool | None = None
    live_restore: bool | None = None
    log_driver: str = ""
    log_level: str = ""
    iptables: bool | None = None
    storage_driver: str = ""
    storage_opts: tuple[str, ...] = ()
    cgroup_parent: str = ""
    authorization_plugins: tuple[str, ...] = ()
    userland_proxy: bool | None = None
    experimental: bool | None = None
    tlscacert: str = ""
    tlscert: str = ""
    tlskey: str = ""


class _Containers(msgspec.Struct, frozen=True):
    seccomp_profile: str = ""
    apparmor_profile: str = ""
    default_capabilities: tuple[str, ...] | None = None
    no_new_privileges: bool | None = None
    privileged: bool | None = None
    ipcns: str = ""
    netns: str = ""
    pidns: str = ""
    utsns: str = ""
    cgroupns: str = ""
    userns: str = ""
    default_ulimits: tuple[str, ...] = ()
    pids_limit: int | None = None
    label: bool | None = None
    log_driver: str = ""


class _ContainersConf(msgspec.Struct, frozen=True):
    containers: _Containers = _Containers()


class _CrioRuntime(msgspec.Struct, frozen=True):
    seccomp_profile: str = ""
    apparmor_profile: str = ""
    default_capabilities: tuple[str, ...] | None = None
    default_ulimits: tuple[str, ...] = ()
    pids_limit: int | None = None
    selinux: bool | None = None


class _CrioImage(msgspec.Struct, frozen=True):
    insecure_registries: tuple[str, ...] = ()


class _Crio(msgspec.Struct, frozen=True):
    runtime: _CrioRuntime = _CrioRuntime()
    image: _CrioImage = _CrioImage()


class _CrioConf(msgspec.Struct, frozen=True):
    crio: _Crio = _Crio()


class _Tls(msgspec.Struct, frozen=True):
    insecure_skip_verify: bool = False


class _RegistryConfig(msgspec.Struct, frozen=True):
    tls: _Tls = _Tls()


class _Mirror(msgspec.Struct, frozen=True):
    endpoint: tuple[str, ...] = ()


class _Registry(msgspec.Struct, frozen=True):
    configs: dict[str, _RegistryConfig] = {}
    mirrors: dict[str, _Mirror] = {}


class _ContainerdPlugin(msgspec.Struct, frozen=True):
    unset_seccomp_profile: str = ""
    disable_apparmor: bool = False
    enable_selinux: bool | None = None
    registry: _Registry = _Registry()


class _Grpc(msgspec.Struct, frozen=True):
    tcp_address: str = ""
    tcp_tls_ca: str = ""


class _ContainerdConf(msgspec.Struct, frozen=True):
    plugins: dict[str, _ContainerdPlugin] = {}
    grpc: _Grpc = _Grpc()


def parse_docker_daemon(data: bytes) -> EngineDefaults:
    """Docker's `daemon.json`. Raises `Malformed` or `LimitExceeded`."""
    read = typed_json.decode(data, _Docker, "daemon.json")
    host = (("ipc", read.default_ipc_mode), ("cgroup", read.default_cgroupns_mode))
    return EngineDefaults(
        insecure_registries=read.insecure_registries,
        seccomp=read.seccomp_profile,
        no_new_privileges=read.no_new_privileges,
        host_namespaces=tuple(kind for kind, mode in host if mode == "host"),
        user_namespaces=read.userns_remap,
        ulimits=tuple(f"{name}={limit.soft}:{limit.hard}" for name, limit in read.default_ulimits.items()),
        selinux=read.selinux_enabled,
        container_traffic=read.icc,
        live_restore=read.live_restore,
        log_driver=read.log_driver,
        log_level=read.log_level,
        firewall=read.iptables,
        storage_driver=read.storage_driver,
        storage_options=read.storage_opts,
        cgroup_parent=read.cgroup_parent,
        authorisation=read.authorization_plugins,
        userland_proxy=read.userland_proxy,
        experimental=read.experimental,
        certificates=tuple(path for path in (read.tlscacert, read.tlscert) if path),
        key=read.tlskey,
    )


def parse_containers_conf(data: bytes) -> EngineDefaults:
    """A `containers.conf` of Podman and Buildah. Raises `Malformed` or `LimitExceeded`."""
    read = typed_toml.decode(data, _ContainersConf, "containers.conf").containers
    host = (("ipc", read.ipcns), ("net", read.netns), ("pid", read.pidns), ("uts", read.utsns), ("cgroup", read.cgroupns))
    return EngineDefaults(
        seccomp=read.seccomp_profile,
        apparmor=read.apparmor_profile,
        capabilities=read.default_capabilities,
        no_new_privileges=read.no_new_privileges,
        privileged=read.privileged,
        host_namespaces=tuple(kind for kind, mode in host if mode == "host"),
        user_namespaces=read.userns,
        ulimits=read.default_ulimits,
        pids_limit=read.pids_limit,
        selinux=read.label,
        log_driver=read.log_driver,
    )


def parse_crio_conf(data: bytes) -> EngineDefaults:
    """A `crio.conf` or a file of `crio.conf.d`. Raises `Malformed` or `LimitExceeded`."""
    read = typed_toml.decode(data, _CrioConf, "crio.conf").crio
    return EngineDefaults(
        insecure_registries=read.image.insecure_registries,
        seccomp=read.runtime.seccomp_profile,
        apparmor=read.runtime.apparmor_profile,
        capabilities=read.runtime.default_capabilities,
        ulimits=read.runtime.default_ulimits,
        pids_limit=read.runtime.pids_limit,
        selinux=read.runtime.selinux,
    )


def parse_containerd_config(data: bytes) -> EngineDefaults:
    """A `config.toml` of containerd. Raises `Malformed` or `LimitExceeded`."""
    read = typed_toml.decode(data, _ContainerdConf, "containerd config.toml")
    plugins = tuple(read.plugins.values())
    skipped = [name for plugin in plugins for name, item in plugin.registry.configs.items() if item.tls.insecure_skip_verify]
    plain = [url for plugin in plugins for item in plugin.registry.mirrors.values() for url in item.endpoint]
    return EngineDefaults(
        insecure_registries=(*skipped, *(url for url in plain if url.startswith("http://"))),
        seccomp=next((plugin.unset_seccomp_profile for plugin in plugins if plugin.unset_seccomp_profile), ""),
        apparmor="unconfined" if any(plugin.disable_apparmor for plugin in plugins) else "",
        selinux=next((plugin.enable_selinux for plugin in plugins if plugin.enable_selinux is not None), None),
        tcp=(f"tcp://{read.grpc.tcp_address}",) if read.grpc.tcp_address and not read.grpc.tcp_tls_ca else (),
    )
