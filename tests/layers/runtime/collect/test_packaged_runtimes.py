"""Every runtime by whatever brought it: each package database, each layout, each name of a handler, in trees made here."""

import sqlite3
import struct
from pathlib import Path

import pytest

from ringfence.io.rooted import Rooted
from ringfence.io.world import Target, World
from ringfence.layers.runtime.collect import engine_defences, host_runtimes
from ringfence.layers.runtime.collect.engine_settings import _component
from ringfence.layers.runtime.collect.places import BINARIES, PACKAGES
from ringfence.layers.runtime.facts import Facts
from ringfence.model.component import Component
from ringfence.model.finding import Problem
from ringfence.model.knowledge import Known, Unknown

NAMED_IN_DESIGN = {"runc", "crun", "containerd", "cri-o", "podman", "docker", "buildkit", "kata-containers", "gvisor"}


def put(root: Path, path: str, content: str = "") -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)


def world(root: Path, problems: list[Problem]) -> World:
    return World(node="n", today="2026-01-01", host=Rooted(str(root)), report=problems.append)


def components(root: Path) -> dict[str, Component]:
    problems: list[Problem] = []
    (facts,) = host_runtimes.collect(Target("host", "/"), world(root, problems))
    assert problems == []
    return {item.name: item for item in facts.components}


def rpm_header(name: str, version: str, release: str, source: str, epoch: int | None = None, program: str = "") -> bytes:
    """A header as rpm's database keeps it (Package format v4), of a package with one program."""
    entries = [(1000, name), (1001, version), (1002, release), (1022, "x86_64"), (1044, source)]
    index, store = b"", b""
    for tag, text in entries:
        index += struct.pack(">IIII", tag, 6, len(store), 1)
        store += text.encode() + b"\0"
    folder, _, base = program.rpartition("/")
    for tag, text in ((1117, base), (1118, f"{folder}/")) if program else ():
        index += struct.pack(">IIII", tag, 8, len(store), 1)
        store += text.encode() + b"\0"
    if program:
        store += bytes(-len(store) % 4)
        index += struct.pack(">IIII", 1116, 4, len(store), 1)
        store += struct.pack(">I", 0)
    if epoch is not None:
        store += bytes(-len(store) % 4)
        index += struct.pack(">IIII", 1003, 4, len(store), 1)
        store += struct.pack(">I", epoch)
    return struct.pack(">II", len(index) // 16, len(store)) + index + store


def rpm_database(path: Path, *headers: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)")
        database.executemany("INSERT INTO Packages (blob) VALUES (?)", [(header,) for header in headers])
    database.close()


def test_rpm_packages_with_their_distributions_version(tmp_path: Path) -> None:
    put(tmp_path, "etc/os-release", 'ID="rocky"\nVERSION_ID="9.4"\n')
    rpm_database(
        tmp_path / "var/lib/rpm/rpmdb.sqlite",
        rpm_header("podman", "4.9.4", "5.el9_4", "podman-4.9.4-5.el9_4.src.rpm", 2, "/usr/bin/podman"),
        rpm_header("runc", "1.1.12", "4.el9_4", "runc-1.1.12-4.el9_4.src.rpm", 4, "/usr/bin/runc"),
        rpm_header("containerd.io", "1.6.32", "3.1.el9", "containerd.io-1.6.32-3.1.el9.src.rpm"),
        rpm_header("bash", "5.1.8", "9.el9", "bash-5.1.8-9.el9.src.rpm"),
    )
    for path in ("usr/bin/podman", "usr/bin/runc", "usr/bin/containerd", "usr/bin/crun"):
        put(tmp_path, path, "\x7fELF")
    found = components(tmp_path)
    assert found.keys() == {"podman", "runc", "containerd", "crun"}
    # No list names it: it was copied over the package's.
    assert (found["containerd"].path, found["containerd"].package) == ("/usr/bin/containerd", None)
    podman = found["podman"]
    assert (podman.version, podman.path) == (Known("4.9.4"), "/usr/bin/podman")
    assert podman.package is not None
    assert podman.package.purl == "pkg:rpm/rocky/podman@4.9.4-5.el9_4?arch=x86_64&distro=rocky-9.4&epoch=2"
    assert podman.package.advisory_version == "2:4.9.4-5.el9_4"
    assert found["runc"].package is not None
    assert found["crun"].package is None
    assert podman.calls == ("crun", "runc")


def test_alpine_packages(tmp_path: Path) -> None:
    put(tmp_path, "etc/os-release", "ID=alpine\nVERSION_ID=3.20.3\n")
    put(
        tmp_path,
        "lib/apk/db/installed",
        "P:docker-engine\nV:26.1.5-r0\nA:x86_64\no:docker\nF:usr/bin\nR:dockerd\n\n"
        "P:runc\nV:1.1.14-r0\nA:x86_64\no:runc\nF:usr/bin\nR:runc\n\nP:musl\nV:1.2.5-r0\n\n",
    )
    for path in ("usr/bin/dockerd", "usr/bin/runc"):
        put(tmp_path, path, "\x7fELF")
    found = components(tmp_path)
    assert found["docker"].version == Known("26.1.5")
    assert found["docker"].package is not None
    assert found["docker"].package.advisory_name == "docker"
    assert found["runc"].path == "/usr/bin/runc"


def test_a_broken_database_is_told(tmp_path: Path) -> None:
    put(tmp_path, "var/lib/rpm/rpmdb.sqlite", "no database")
    put(tmp_path, "usr/bin/runc", "\x7fELF")
    problems: list[Problem] = []
    (facts,) = host_runtimes.collect(Target("host", "/"), world(tmp_path, problems))
    assert [item.where for item in problems] == ["/var/lib/rpm/rpmdb.sqlite"]
    assert [item.name for item in facts.components] == ["runc"]


def test_every_runtime_of_the_design_has_programs_and_packages() -> None:
    assert set(BINARIES.values()) >= NAMED_IN_DESIGN
    packaged = {component for names in PACKAGES.values() for component in names.values()}
    assert packaged >= NAMED_IN_DESIGN
    assert packaged <= set(BINARIES.values())


LAYOUTS = {
    "usr/bin/nerdctl": "nerdctl",
    "usr/local/bin/youki": "youki",
    "usr/bin/sysbox-runc": "sysbox",
    "usr/bin/lxc-start": "lxc",
    "snap/lxd/current/bin/lxd": "lxd",
    "opt/incus/bin/incusd": "incus",
    "usr/bin/systemd-nspawn": "systemd-nspawn",
    "usr/local/bin/singularity": "singularity",
    "usr/bin/apptainer": "apptainer",
    "usr/local/bin/runsc": "gvisor",
    "usr/bin/containerd-shim-runsc-v1": "gvisor",
    "opt/kata/runtime-rs/bin/containerd-shim-kata-v2": "kata-containers",
    "usr/bin/crio": "cri-o",
    "usr/libexec/crio/crun": "crun",
    "usr/bin/buildkitd": "buildkit",
    "usr/bin/cri-dockerd": "cri-dockerd",
    # Docker's own static download, a rootless one, minikube's machine, Docker Desktop's, microk8s', k0s'.
    "usr/local/bin/dockerd": "docker",
    "home/alice/bin/dockerd": "docker",
    "home/alice/.local/bin/podman": "podman",
    "opt/docker-desktop/bin/containerd": "containerd",
    "snap/microk8s/current/bin/containerd": "containerd",
    "var/lib/k0s/bin/containerd": "containerd",
}


@pytest.mark.parametrize(("path", "component"), LAYOUTS.items())
def test_a_program_is_known_where_it_lies(path: str, component: str, tmp_path: Path) -> None:
    put(tmp_path, path, "\x7fELF")
    found = components(tmp_path)
    assert {name: item.path for name, item in found.items()} == {component: f"/{path}"}
    assert isinstance(found[component].version, Unknown)


@pytest.mark.parametrize(
    ("program", "component"),
    [
        ("runc", "runc"),
        ("crun", "crun"),
        ("crun-wasm", "crun"),
        ("youki", "youki"),
        ("runsc", "gvisor"),
        ("containerd-shim-runsc-v1", "gvisor"),
        ("kata", "kata-containers"),
        ("kata-qemu", "kata-containers"),
        ("kata-clh", "kata-containers"),
        ("containerd-shim-kata-v2", "kata-containers"),
        ("sysbox-runc", "sysbox"),
        ("nvidia-container-runtime", "runc"),
        ("io.containerd.runc.v2", "runc"),
        ("somebody-elses", "somebody-elses"),
    ],
)
def test_names_of_runtimes_in_configurations(program: str, component: str) -> None:
    assert _component(program) == component


K3S = """version = 3
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.'crun']
  runtime_type = "io.containerd.runc.v2"
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.'crun'.options]
  BinaryName = "/usr/bin/crun"
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.kata-qemu]
  runtime_type = "io.containerd.kata-qemu.v2"
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.gvisor]
  runtime_type = "io.containerd.runsc.v1"
"""


def handlers(root: Path, engine: str) -> dict[str, tuple[str, str]]:
    problems: list[Problem] = []
    found: list[Facts] = list(engine_defences.collect(Target("host", "/"), world(root, problems)))
    assert problems == []
    (facts,) = found
    mine = next(item for item in facts.engines if item.name == engine)
    return {item.name: (item.program, item.component) for item in mine.handlers}


def test_handlers_of_containerd_lead_to_programs_and_components(tmp_path: Path) -> None:
    put(tmp_path, "var/lib/rancher/k3s/data/current/bin/containerd", "\x7fELF")
    put(tmp_path, "var/lib/rancher/k3s/agent/etc/containerd/config.toml", K3S)
    assert handlers(tmp_path, "containerd") == {
        "runc": ("runc", "runc"),
        "crun": ("crun", "crun"),
        "kata-qemu": ("kata-qemu", "kata-containers"),
        "gvisor": ("runsc", "gvisor"),
    }


def test_handlers_of_other_engines(tmp_path: Path) -> None:
    for program in ("crio", "dockerd", "podman"):
        put(tmp_path, f"usr/bin/{program}", "\x7fELF")
    put(
        tmp_path,
        "etc/crio/crio.conf.d/50-kata.conf",
        '[crio.runtime.runtimes.kata]\nruntime_path = "/usr/bin/containerd-shim-kata-v2"\nruntime_type = "vm"\n',
    )
    daemon = '{"runtimes": {"wasm": {"runtimeType": "io.containerd.wasmedge.v1"}, "sandbox": {"path": "/opt/bin/runsc"}}}'
    put(tmp_path, "etc/docker/daemon.json", daemon)
    put(tmp_path, "etc/containers/containers.conf", '[engine.runtimes]\nfast = ["/usr/bin/crun", "/usr/local/bin/crun"]\n')
    assert handlers(tmp_path, "cri-o") == {"kata": ("containerd-shim-kata-v2", "kata-containers")}
    assert handlers(tmp_path, "docker") == {"wasm": ("wasmedge", "wasmedge"), "sandbox": ("runsc", "gvisor")}
    assert handlers(tmp_path, "podman") == {"fast": ("crun", "crun")}
