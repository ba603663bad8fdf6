from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import dockerd_flags, engine_defaults, image_trust, subordinate_ids, typed_toml, unix_accounts
from ringfence.formats.engine_defaults import EngineDefaults
from ringfence.formats.image_trust import ImagePolicy, SignedScope
from ringfence.formats.unix_accounts import Account, Group

PARSERS: tuple[Callable[[bytes], object], ...] = (
    engine_defaults.parse_docker_daemon,
    engine_defaults.parse_containers_conf,
    engine_defaults.parse_crio_conf,
    engine_defaults.parse_containerd_config,
    image_trust.parse_policy,
    image_trust.parse_registries_conf,
    image_trust.parse_hosts_toml,
    image_trust.parse_k3s_registries,
    subordinate_ids.parse,
    unix_accounts.parse_groups,
    unix_accounts.parse_accounts,
    dockerd_flags.parse,
)


@pytest.mark.parametrize("parse", PARSERS, ids=lambda item: item.__name__ + item.__module__.rpartition(".")[2])
@given(data=st.one_of(st.binary(max_size=300), st.text(alphabet='[]{}="\n.:,-ab01#&*', max_size=120).map(str.encode)))
def test_any_bytes_are_read_or_refused(parse: Callable[[bytes], object], data: bytes) -> None:
    with suppress(Malformed, LimitExceeded):
        parse(data)


def test_docker() -> None:
    data = b"""{"insecure-registries": ["r.internal:5000"], "seccomp-profile": "unconfined", "no-new-privileges": true,
    "userns-remap": "default", "default-ulimits": {"nproc": {"Name": "nproc", "Hard": -1, "Soft": 64}}, "icc": false,
    "default-ipc-mode": "host", "live-restore": true, "log-driver": "journald", "selinux-enabled": true}"""
    assert engine_defaults.parse_docker_daemon(data) == EngineDefaults(
        insecure_registries=("r.internal:5000",),
        seccomp="unconfined",
        no_new_privileges=True,
        user_namespaces="default",
        ulimits=("nproc=64:-1",),
        container_traffic=False,
        host_namespaces=("ipc",),
        live_restore=True,
        log_driver="journald",
        selinux=True,
    )


def test_containers_conf_and_what_comes_over_it() -> None:
    shipped = engine_defaults.parse_containers_conf(b'[containers]\npids_limit = 2048\nseccomp_profile = "/x.json"\n')
    local = engine_defaults.parse_containers_conf(
        b'[containers]\ndefault_capabilities = ["SYS_ADMIN"]\nprivileged = true\n'
        b'pidns = "host"\nlabel = false\npids_limit = 0\n'
    )
    assert local.over(shipped) == EngineDefaults(
        seccomp="/x.json",
        capabilities=("SYS_ADMIN",),
        privileged=True,
        host_namespaces=("pid",),
        selinux=False,
        pids_limit=0,
    )


def test_crio() -> None:
    data = b'[crio.runtime]\nseccomp_profile = "unconfined"\nselinux = false\n[crio.image]\ninsecure_registries = ["a"]\n'
    assert engine_defaults.parse_crio_conf(data) == EngineDefaults(
        seccomp="unconfined", selinux=False, insecure_registries=("a",)
    )


def test_containerd() -> None:
    data = b"""version = 2
[grpc]
tcp_address = "0.0.0.0:1234"
[plugins."io.containerd.grpc.v1.cri"]
disable_apparmor = true
unset_seccomp_profile = "unconfined"
[plugins."io.containerd.grpc.v1.cri".registry.configs."r.internal".tls]
insecure_skip_verify = true
[plugins."io.containerd.grpc.v1.cri".registry.mirrors."docker.io"]
endpoint = ["http://mirror", "https://registry-1.docker.io"]
"""
    assert engine_defaults.parse_containerd_config(data) == EngineDefaults(
        insecure_registries=("r.internal", "http://mirror"),
        seccomp="unconfined",
        apparmor="unconfined",
        tcp=("tcp://0.0.0.0:1234",),
    )


def test_dockerd_on_its_command_line() -> None:
    line = b"/usr/bin/dockerd\0-H\0tcp://0.0.0.0:2375\0-Hunix:///run/docker.sock\0--icc=false\0--no-new-privileges\0"
    more = b"--insecure-registry\0r.internal\0--userns-remap=default\0--tlsverify=false\0--seccomp-profile\0unconfined\0"
    read = dockerd_flags.parse(line + more)
    assert read.listens == ("tcp://0.0.0.0:2375", "unix:///run/docker.sock")
    assert not read.verifies_clients
    assert read.defaults == EngineDefaults(
        container_traffic=False,
        no_new_privileges=True,
        insecure_registries=("r.internal",),
        user_namespaces="default",
        seccomp="unconfined",
    )


def test_what_docker_is_told_of_itself() -> None:
    data = b"""{"log-level": "debug", "iptables": false, "storage-driver": "aufs", "storage-opts": ["dm.basesize=50G"],
    "cgroup-parent": "/x", "authorization-plugins": ["opa"], "userland-proxy": false, "experimental": true,
    "tlscacert": "/k/ca.pem", "tlscert": "/k/cert.pem", "tlskey": "/k/key.pem"}"""
    line = (
        b"dockerd\0-l\0debug\0--iptables=false\0-s\0aufs\0--storage-opt=dm.basesize=50G\0--cgroup-parent=/x\0"
        b"--authorization-plugin=opa\0--userland-proxy=false\0--experimental\0--tlscacert\0/k/ca.pem\0"
        b"--tlscert=/k/cert.pem\0--tlskey=/k/key.pem\0"
    )
    said = EngineDefaults(
        log_level="debug",
        firewall=False,
        storage_driver="aufs",
        storage_options=("dm.basesize=50G",),
        cgroup_parent="/x",
        authorisation=("opa",),
        userland_proxy=False,
        experimental=True,
        certificates=("/k/ca.pem", "/k/cert.pem"),
        key="/k/key.pem",
    )
    assert engine_defaults.parse_docker_daemon(data) == said
    assert dockerd_flags.parse(line).defaults == said


def test_policies() -> None:
    assert image_trust.parse_policy(b'{"default": [{"type": "insecureAcceptAnything"}]}') == ImagePolicy(
        default="insecureAcceptAnything", scopes=(SignedScope(scope=""),)
    )
    strict = b"""{"default": [{"type": "reject"}], "transports": {
    "docker-daemon": {"": [{"type": "insecureAcceptAnything"}]},
    "docker": {"a": [{"type": "signedBy"}], "b": [{"type": "insecureAcceptAnything"}]}}}"""
    assert image_trust.parse_policy(strict) == ImagePolicy(
        default="reject",
        accepting=("docker:b",),
        checked=1,
        scopes=(SignedScope(scope=""), SignedScope(scope="a"), SignedScope(scope="b")),
    )


def test_registries() -> None:
    conf = (
        b'[[registry]]\nlocation = "a"\ninsecure = true\n[[registry]]\nprefix = "b"\n[[registry.mirror]]\nlocation = "c"\n'
    )
    assert image_trust.parse_registries_conf(conf + b"insecure = true\n") == ("a", "c")
    hosts = b'server = "https://a"\n[host."https://b"]\nskip_verify = true\n[host."http://c"]\n[host."https://d"]\n'
    assert image_trust.parse_hosts_toml(hosts) == ("https://b", "http://c")
    k3s = (
        b"mirrors:\n  docker.io:\n    endpoint: ['http://m']\n  e:\nconfigs:\n  r:\n    tls: {insecure_skip_verify: true}\n"
    )
    assert image_trust.parse_k3s_registries(k3s) == ("r", "http://m")


def test_accounts_and_ranges() -> None:
    assert unix_accounts.parse_groups(b"docker:x:998:alice,bob\nbroken\n") == (
        Group(name="docker", number=998, members=("alice", "bob")),
    )
    assert unix_accounts.parse_accounts(b"alice:x:1000:998::/home/alice:/bin/sh\n") == (
        Account(name="alice", number=1000, group=998),
    )
    assert subordinate_ids.parse(b"# by hand\nalice:100000:65536\n") == (("alice", 100000, 65536),)
    with pytest.raises(Malformed):
        subordinate_ids.parse(b"alice:100000\n")


def test_toml_beyond_the_limit_is_refused() -> None:
    with pytest.raises(LimitExceeded):
        engine_defaults.parse_crio_conf(b"#" * (typed_toml.MAX_BYTES + 1))
