"""Kata Containers in the layouts of distributions and of kata-deploy."""

from pathlib import Path

import pytest

from ringfence.graph.assemble import assemble
from ringfence.io.rooted import Rooted
from ringfence.io.world import Target, World
from ringfence.layers.runtime.collect import kata_containers
from ringfence.layers.runtime.facts import Facts
from ringfence.layers.runtime.relations import relations
from ringfence.model.finding import Problem
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.node import EdgeKind

CONFIGURATION = """
[hypervisor.{hypervisor}]
path = "{path}"
kernel = "/opt/kata/share/kata-containers/vmlinux.container"
image = "/opt/kata/share/kata-containers/kata-containers.img"
shared_fs = "virtio-fs"
enable_annotations = ["enable_iommu", "virtio_fs_daemon"]
[agent.kata]
debug_console_enabled = false
[runtime]
disable_guest_seccomp = true
"""


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def collect(root: Path) -> tuple[Facts, list[Problem]]:
    problems: list[Problem] = []
    world = World(node="n", today="d", host=Rooted(str(root)), report=problems.append)
    (found,) = kata_containers.collect(Target("host", "n"), world)
    return found, problems


def kata(root: Path, hypervisor: str = "qemu", path: str = "/opt/kata/bin/qemu-system-x86_64") -> None:
    place = "opt/kata/share/defaults/kata-containers/configuration.toml"
    write(root, place, CONFIGURATION.format(hypervisor=hypervisor, path=path))


def test_hypervisor_and_guest_kernel(tmp_path: Path) -> None:
    kata(tmp_path)
    write(tmp_path, "opt/kata/bin/qemu-system-x86_64", "")
    write(tmp_path, "opt/kata/share/kata-containers/vmlinux-6.1.62-121", "")
    (tmp_path / "opt/kata/share/kata-containers/vmlinux.container").symlink_to("vmlinux-6.1.62-121")
    write(
        tmp_path,
        "opt/kata/share/defaults/kata-containers/config.d/debug.toml",
        "[agent.kata]\ndebug_console_enabled = true\n",
    )
    found, problems = collect(tmp_path)
    assert not problems
    runtime, hypervisor, kernel = found.components
    assert (runtime.name, runtime.calls) == ("kata-containers", ("qemu",))
    assert (hypervisor.name, hypervisor.path) == ("qemu", "/opt/kata/bin/qemu-system-x86_64")
    assert isinstance(hypervisor.version, Unknown), "a program of another root is never run"
    assert (kernel.name, kernel.guest, kernel.version) == ("linux", True, Known("6.1.62"))
    (guest,) = found.guests
    assert guest.config.debug_console
    assert guest.config.guest_seccomp is False
    assert guest.config.annotations == ("enable_iommu", "virtio_fs_daemon")


@pytest.mark.parametrize(
    ("table", "name"),
    [("clh", "cloud-hypervisor"), ("firecracker", "firecracker"), ("dragonball", "dragonball"), ("qemu", "qemu")],
)
def test_each_hypervisor_by_its_table(table: str, name: str, tmp_path: Path) -> None:
    kata(tmp_path, table, "")
    found, _ = collect(tmp_path)
    assert found.components[1].name == name


def test_a_kernel_without_a_telling_name_is_read(tmp_path: Path) -> None:
    kata(tmp_path)
    write(tmp_path, "opt/kata/share/kata-containers/vmlinux.container", "\x7fELF...Linux version 5.19.2 (kata@build) gcc")
    assert collect(tmp_path)[0].components[2].version == Known("5.19.2")


def test_the_guest_kernel_is_beside_the_hosts_and_under_kata(tmp_path: Path) -> None:
    kata(tmp_path)
    graph = assemble([relations(collect(tmp_path)[0])])
    key = "component:n:linux:/opt/kata/share/kata-containers/vmlinux.container"
    assert graph.sources(key, EdgeKind.CALLS) == ("component:n:kata-containers",)
    assert graph.sources(key, EdgeKind.HAS) == ("host:n",)
    assert graph.targets("component:n:kata-containers", EdgeKind.CALLS)[0] == "component:n:qemu"


def test_a_broken_configuration_is_a_problem_and_no_kata_is_none(tmp_path: Path) -> None:
    problems: list[Problem] = []
    world = World(node="n", today="d", host=Rooted(str(tmp_path)), report=problems.append)
    assert list(kata_containers.collect(Target("host", "n"), world)) == []
    write(tmp_path, "etc/kata-containers/configuration.toml", "[")
    assert list(kata_containers.collect(Target("host", "n"), world)) == []
    assert [item.where for item in problems] == ["/etc/kata-containers/configuration.toml"]


def test_the_guests_build_is_read_where_it_lies_beside_the_kernel(tmp_path: Path) -> None:
    kata(tmp_path)
    folder = tmp_path / "opt/kata/share/kata-containers"
    write(tmp_path, "opt/kata/share/kata-containers/vmlinux-6.1.62-121", "")
    (folder / "vmlinux.container").symlink_to("vmlinux-6.1.62-121")
    found, _ = collect(tmp_path)
    (guest,) = [item for item in found.components if item.guest]
    assert isinstance(guest.config, Unknown)
    write(tmp_path, "opt/kata/share/kata-containers/config-6.1.62-121", "CONFIG_USER_NS=y\n# CONFIG_NF_TABLES is not set\n")
    found, problems = collect(tmp_path)
    assert not problems
    (guest,) = [item for item in found.components if item.guest]
    assert guest.config == Known({"CONFIG_USER_NS": "y"})


def test_a_distributions_hypervisor_comes_with_its_package(tmp_path: Path) -> None:
    kata(tmp_path, path="/usr/bin/qemu-system-x86_64")
    write(tmp_path, "etc/os-release", 'ID=debian\nVERSION_ID="12"\n')
    write(
        tmp_path,
        "var/lib/dpkg/status",
        "Package: qemu-system-x86\nStatus: install ok installed\nArchitecture: amd64\nSource: qemu\n"
        "Version: 1:7.2+dfsg-7+deb12u12\n",
    )
    found, _ = collect(tmp_path)
    qemu = next(item for item in found.components if item.name == "qemu")
    assert qemu.version == Known("7.2")
    assert qemu.package is not None
    assert (qemu.package.advisory_name, qemu.package.ecosystem) == ("qemu", "Debian:12")
    assert found.packages == (qemu.package,)


@pytest.mark.parametrize(
    ("hypervisor", "more", "filtered"),
    [
        ("qemu", "", None),
        ("qemu", 'seccompsandbox = "on,obsolete=deny"', True),
        ("qemu", 'seccompsandbox = ""', False),
        ("clh", "disable_seccomp = true", False),
        ("clh", "disable_seccomp = false", True),
    ],
)
def test_whether_the_hypervisor_is_filtered(hypervisor: str, more: str, filtered: bool | None, tmp_path: Path) -> None:
    text = CONFIGURATION.format(hypervisor=hypervisor, path="/usr/bin/x").replace("[agent.kata]", f"{more}\n[agent.kata]")
    write(tmp_path, "etc/kata-containers/configuration.toml", text)
    found, _ = collect(tmp_path)
    assert found.guests[0].config.hypervisor_seccomp is filtered
