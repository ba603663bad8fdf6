"""SELinux policies: what a recording adds to the container template, compiled by the real compiler."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings

from record.recordings import recordings
from ringfence.model.knowledge import Known
from ringfence.model.recording import CapabilityUse, Phase, Recording, SocketUse
from ringfence.record.profiles.selinux import PORTS, generate, identifier

BASE = Path(__file__).with_name("container_base.cil")
COMPILER = shutil.which("secilc")
needs_compiler = pytest.mark.skipif(COMPILER is None, reason="missing: secilc")


def compiled(text: str, place: Path) -> None:
    policy = place / "policy.cil"
    policy.write_text(text, encoding="utf-8")
    words = [str(COMPILER), "-o", str(place / "p"), "-f", str(place / "f"), str(BASE), str(policy)]
    done = subprocess.run(words, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr.decode() + text


def test_capabilities_and_ports_are_said() -> None:
    recording = Recording(
        capabilities=Known(
            tuple(CapabilityUse(name=name, phase=Phase.SERVING, had=True) for name in ("CAP_CHOWN", "CAP_BPF"))
        ),
        sockets=Known(
            (
                SocketUse(operation="bind", family="AF_INET", address="0.0.0.0", port=8080, phase=Phase.SERVING),
                SocketUse(operation="connect", family="AF_INET6", address="::1", port=5432, phase=Phase.SERVING),
                SocketUse(operation="connect", family="AF_UNIX", address="/run/x", phase=Phase.SERVING),
            )
        ),
    )
    text = generate(recording, "my-app")
    assert "(block my_app" in text
    assert "(blockinherit container)" in text
    assert "(allow process process (capability (chown)))" in text
    assert "(allow process process (capability2 (bpf)))" in text
    assert "(allow process http_cache_port_t (tcp_socket (name_bind)))" in text
    assert "(allow process postgresql_port_t (tcp_socket (name_connect)))" in text


@pytest.mark.parametrize(("name", "word"), [("a-b.c", "a_b_c"), ("9x", "ringfence_9x"), ("", "ringfence_"), ("x)y", "x_y")])
def test_a_name_becomes_an_identifier(name: str, word: str) -> None:
    assert identifier(name) == word


@needs_compiler
@settings(max_examples=15)
@given(recording=recordings())
def test_the_real_compiler_takes_what_is_made(recording: Recording, tmp_path_factory: pytest.TempPathFactory) -> None:
    compiled(generate(recording, "app"), tmp_path_factory.mktemp("se"))


@needs_compiler
def test_every_label_of_a_port_is_one(tmp_path: Path) -> None:
    sockets = tuple(
        SocketUse(operation="bind", family="AF_INET", port=port, phase=Phase.SERVING) for port in (*PORTS, 99, 9999)
    )
    compiled(generate(Recording(sockets=Known(sockets)), "app"), tmp_path)
