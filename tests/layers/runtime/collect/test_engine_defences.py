"""How engines are guarded, read from trees as distributions, k3s and rootless setups leave them."""

import os
import shutil
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from ringfence.io.rooted import Rooted
from ringfence.io.world import Target, World
from ringfence.layers.runtime.collect.engine_defences import collect
from ringfence.layers.runtime.facts import Engine, Facts
from ringfence.model.finding import Problem
from ringfence.model.knowledge import Known, Unknown

RUNC = "usr/bin/runc"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A host with runc, dockerd, containerd, crio and podman as programs of which nothing but the name is known."""
    for name in (RUNC, "usr/bin/dockerd", "usr/bin/containerd", "usr/bin/crio", "usr/bin/podman"):
        write(tmp_path, name, "\x7fELF")
    return tmp_path


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def facts(root: Path) -> tuple[Facts, list[Problem]]:
    problems: list[Problem] = []
    world = replace(World(node="n", today="2026-11-24"), host=Rooted(str(root)), report=problems.append)
    (found,) = collect(Target("host", "n"), world)
    return found, problems


def engine(found: Facts, name: str) -> Engine:
    return next(item for item in found.engines if item.name == name)


def test_files_of_every_engine_and_of_its_registries(tree: Path) -> None:
    write(tree, "etc/docker/daemon.json", '{"icc": false}')
    write(tree, "usr/share/containers/containers.conf", "[containers]\npids_limit = 2048\n")
    write(tree, "etc/containers/containers.conf", "[containers]\nprivileged = true\n")
    write(tree, "etc/containers/registries.conf", '[[registry]]\nlocation = "r.internal"\ninsecure = true\n')
    write(tree, "etc/containerd/certs.d/docker.io/hosts.toml", '[host."http://mirror"]\n')
    write(tree, "etc/rancher/k3s/registries.yaml", "configs:\n  k.internal:\n    tls:\n      insecure_skip_verify: true\n")
    found, problems = facts(tree)
    assert not problems
    docker, podman, containerd = (engine(found, name).defaults for name in ("docker", "podman", "containerd"))
    assert isinstance(docker, Known)
    assert docker.value.container_traffic is False
    assert isinstance(podman, Known)
    assert (podman.value.privileged, podman.value.pids_limit) == (True, 2048)
    assert podman.value.insecure_registries == ("r.internal",)
    assert isinstance(containerd, Known)
    assert containerd.value.insecure_registries == ("http://mirror", "k.internal")
    assert engine(found, "podman").at.path == "/etc/containers/containers.conf"


def test_a_file_that_cannot_be_read_leaves_the_engine_unknown(tree: Path) -> None:
    write(tree, "etc/docker/daemon.json", "{broken")
    found, _ = facts(tree)
    assert isinstance(engine(found, "docker").defaults, Unknown)
    assert engine(found, "docker").at.path == "/etc/docker/daemon.json"
    assert isinstance(engine(found, "podman").defaults, Known)


def test_the_command_line_of_a_running_dockerd_counts_over_its_file(tree: Path) -> None:
    write(tree, "etc/docker/daemon.json", '{"no-new-privileges": true}')
    write(tree, "proc/42/comm", "dockerd\n")
    write(tree, "proc/42/cmdline", "dockerd\0--icc=false\0-H\0tcp://0.0.0.0:2375\0")
    os.chown(tree / "proc/42", 1000, 1000) if os.geteuid() == 0 else None
    found, _ = facts(tree)
    docker = engine(found, "docker")
    assert isinstance(docker.defaults, Known)
    assert (docker.defaults.value.container_traffic, docker.defaults.value.no_new_privileges) == (False, True)
    assert docker.rootless
    (api,) = found.apis
    assert (api.listens, api.tls_verified) == (("tcp://0.0.0.0:2375",), Known(False))


def test_sockets_with_their_groups_and_closed_folders(tree: Path) -> None:
    write(tree, "etc/group", f"engine:x:{os.getegid()}:alice\n")
    write(tree, "etc/passwd", f"bob:x:1001:{os.getegid()}::/:/bin/sh\n")
    paths = {"run/docker.sock": 0o660, "run/podman/podman.sock": 0o666, "run/user/1000/docker.sock": 0o600}
    opened = []
    for name, mode in paths.items():
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        opened.append(made := socket.socket(socket.AF_UNIX))
        made.bind(os.path.relpath(path))
        path.chmod(mode)
    (tree / "run/podman").chmod(0o700)
    write(tree, "run/crio/crio.sock", "a file, no socket")
    found, _ = facts(tree)
    for item in opened:
        item.close()
    seen = {item.path: item for item in found.sockets}
    assert sorted(seen) == ["/run/docker.sock", "/run/podman/podman.sock", "/run/user/1000/docker.sock"]
    assert (seen["/run/docker.sock"].group, seen["/run/docker.sock"].members) == ("engine", ("alice", "bob"))
    assert seen["/run/podman/podman.sock"].closed_by == "/run/podman"
    assert seen["/run/docker.sock"].mode == 0o660


def test_files_storage_policy_and_ranges(tree: Path) -> None:
    (tree / RUNC).chmod(0o777)
    write(tree, "proc/1/mountinfo", "1 0 8:1 / / rw - ext4 /dev/a rw\n2 1 8:2 / /var/lib/docker rw - ext4 /dev/b rw\n")
    for name in ("docker", "containerd"):
        (tree / "var/lib" / name).mkdir(parents=True)
    write(tree, "etc/containers/policy.json", '{"default": [{"type": "reject"}]}')
    write(tree, "etc/subuid", "alice:100000:65536\n")
    write(tree, "etc/subgid", "alice\n")
    found, problems = facts(tree)
    assert {item.path: oct(item.mode) for item in found.files}["/usr/bin/runc"] == "0o777"
    assert {item.engine: item.own_file_system for item in found.storage} == {
        "docker": Known(True),
        "containerd": Known(False),
    }
    assert found.trust is not None
    assert isinstance(found.trust.policy, Known)
    assert found.trust.policy.value.default == "reject"
    assert [type(item.ranges) for item in found.subordinates] == [Known, Unknown]
    assert [item.where for item in problems] == ["/etc/subgid"]


def test_a_host_without_engines_says_nothing(tmp_path: Path) -> None:
    world = replace(World(node="n", today="2026-11-24"), host=Rooted(str(tmp_path)))
    assert list(collect(Target("host", "n"), world)) == []


@pytest.mark.skipif(shutil.which("podman") is None, reason="missing: podman")
def test_this_machine_is_read_without_a_problem() -> None:
    problems: list[Problem] = []
    world = replace(World(node="n", today="2026-11-24"), report=problems.append)
    (found,) = collect(Target("host", "n"), world)
    assert not problems
    assert isinstance(engine(found, "podman").defaults, Known)
    assert all(item.owner == 0 for item in found.files)


def test_keys_of_the_engine_and_of_registries_are_known_as_secret(tree: Path) -> None:
    write(tree, "etc/docker/daemon.json", '{"tlscert": "/k/cert.pem", "tlskey": "/k/key.pem"}')
    for name in (
        "k/cert.pem",
        "k/key.pem",
        "etc/docker/certs.d/r.internal/client.key",
        "etc/docker/certs.d/r.internal/ca.crt",
    ):
        write(tree, name, "x")
    found, problems = facts(tree)
    assert not problems
    secret = {item.path: item.secret for item in found.files if item.path.startswith(("/k/", "/etc/docker/certs.d/"))}
    assert secret == {
        "/k/cert.pem": False,
        "/k/key.pem": True,
        "/etc/docker/certs.d/r.internal/client.key": True,
        "/etc/docker/certs.d/r.internal/ca.crt": False,
    }


def test_what_the_audit_rules_watch(tree: Path) -> None:
    write(tree, "etc/docker/daemon.json", "{}")
    write(tree, "etc/audit/rules.d/containers.rules", "-w /etc/docker -p wa\n-w /usr/bin/runc -k x\n")
    write(tree, "etc/audit/audit.rules", "-D\n-w /usr/bin/dockerd\n")
    found, _ = facts(tree)
    assert found.audit is not None
    assert found.audit.watched == Known(("/usr/bin/dockerd", "/etc/docker", "/usr/bin/runc"))
    assert {"/usr/bin/dockerd", "/usr/bin/runc", "/etc/docker", "/etc/docker/daemon.json"} <= set(found.audit.paths)
    assert "/etc/crio" not in found.audit.paths


def test_without_audit_rules_nothing_is_watched(tree: Path) -> None:
    found, _ = facts(tree)
    assert found.audit is not None
    assert found.audit.watched == Known(())
