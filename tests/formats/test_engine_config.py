"""Configuration of the engines."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import engine_config, typed_toml
from ringfence.formats.engine_config import EngineConfig

PARSERS: list[Callable[[bytes], EngineConfig]] = [
    engine_config.parse_containers_conf,
    engine_config.parse_crio_conf,
    engine_config.parse_containerd_config,
    engine_config.parse_docker_daemon,
]


def test_containers_conf() -> None:
    data = b'[engine]\nruntime = "/usr/bin/runc"\n[engine.runtimes]\ncrun = ["/usr/bin/crun"]\nkata = ["/usr/bin/kata"]\n'
    assert engine_config.parse_containers_conf(data) == EngineConfig(
        default="runc", runtimes=("crun", "kata"), handlers=(("crun", "crun"), ("kata", "kata"))
    )


def test_crio_conf() -> None:
    data = b'[crio.runtime]\ndefault_runtime = "crun"\n[crio.runtime.runtimes.crun]\nruntime_path = "/usr/bin/crun"\n'
    assert engine_config.parse_crio_conf(data) == EngineConfig(
        default="crun", runtimes=("crun",), handlers=(("crun", "crun"),)
    )


@pytest.mark.parametrize("plugin", ["io.containerd.grpc.v1.cri", "io.containerd.cri.v1.runtime"])
def test_containerd_in_both_versions(plugin: str) -> None:
    data = f"""
[plugins."{plugin}".containerd]
default_runtime_name = "kata"
[plugins."{plugin}".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."{plugin}".containerd.runtimes.fast.options]
BinaryName = "/usr/bin/crun"
[plugins."{plugin}".containerd.runtimes.kata]
runtime_type = "io.containerd.kata.v2"
"""
    read = engine_config.parse_containerd_config(data.encode())
    assert read == EngineConfig(
        default="kata",
        runtimes=("runc", "crun", "kata"),
        handlers=(("runc", "runc"), ("fast", "crun"), ("kata", "kata")),
    )
    assert engine_config.parse_containerd_config(b"version = 2\n") == EngineConfig()


def test_daemon_json() -> None:
    data = b'{"default-runtime":"runsc","runtimes":{"runsc":{"path":"/usr/bin/runsc"}},"hosts":["tcp://0.0.0.0:2375"]}'
    read = engine_config.parse_docker_daemon(data)
    assert read == EngineConfig(
        default="runsc", runtimes=("runsc",), handlers=(("runsc", "runsc"),), listens=("tcp://0.0.0.0:2375",)
    )


@pytest.mark.parametrize("data", [b"\xff", b"engine = 1\n", b"[engine\n", b"a = " + b"[" * 5000])
def test_what_is_no_configuration_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        engine_config.parse_containers_conf(data)


def test_a_file_beyond_reason_is_refused() -> None:
    with pytest.raises(LimitExceeded):
        engine_config.parse_crio_conf(b"#" * (typed_toml.MAX_BYTES + 1))


@pytest.mark.parametrize("parse", PARSERS)
@settings(max_examples=50)
@given(data=st.binary(max_size=120) | st.text(alphabet='[]=."{}\n,1crioengu', max_size=60).map(str.encode))
def test_any_bytes_give_a_value_or_an_error_of_ours(parse: Callable[[bytes], EngineConfig], data: bytes) -> None:
    try:
        parse(data)
    except (Malformed, LimitExceeded):
        return
