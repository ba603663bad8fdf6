"""Engines and runtimes found in a root made here."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from ringfence.errors import Unavailable
from ringfence.formats.go_buildinfo import GoBuildInfo, GoModule
from ringfence.io.rooted import Rooted
from ringfence.io.world import Target, World
from ringfence.layers.runtime.collect import host_runtimes
from ringfence.layers.runtime.collect.installed import _told, upstream, version_of
from ringfence.layers.runtime.facts import Facts
from ringfence.model.finding import Problem
from ringfence.model.knowledge import Known, Unknown

STATUS = """Package: runc
Status: install ok installed
Architecture: amd64
Source: runc (1.1.5+ds1-1+deb12u1)
Version: 1.1.5+ds1-1+deb12u1+b2

Package: docker.io
Status: install ok installed
Architecture: amd64
Version: 20.10.24+dfsg1-1
"""


def put(root: Path, path: str, content: str = "") -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)


def never(_command: Sequence[str]) -> bytes:
    pytest.fail("a program of another root was run")


def collect(root: Path) -> tuple[Facts, list[Problem]]:
    problems: list[Problem] = []
    world = World(node="n", today="2026-01-01", host=Rooted(str(root)), report=problems.append, ask=never)
    (facts,) = host_runtimes.collect(Target("host", "/"), world)
    return facts, problems


def test_packages_and_programs_that_none_owns(tmp_path: Path) -> None:
    put(tmp_path, "etc/os-release", 'ID=debian\nVERSION_ID="12"\n')
    put(tmp_path, "var/lib/dpkg/status", STATUS)
    put(tmp_path, "var/lib/dpkg/info/runc.list", "/.\n/usr/sbin/runc\n")
    put(tmp_path, "usr/sbin/runc")
    put(tmp_path, "usr/local/bin/runc", "stripped")
    put(tmp_path, "etc/docker/daemon.json", json.dumps({"hosts": ["tcp://0.0.0.0:2375"]}))
    facts, problems = collect(tmp_path)
    assert problems == []
    runc, docker, second = facts.components
    assert (runc.name, runc.version, runc.path) == ("runc", Known("1.1.5"), "/usr/sbin/runc")
    assert runc.package is not None
    assert runc.package.purl == "pkg:deb/debian/runc@1.1.5%2Bds1-1%2Bdeb12u1%2Bb2?arch=amd64&distro=debian-12"
    assert runc.package.advisory_version == "1.1.5+ds1-1+deb12u1"
    assert (docker.version, docker.calls) == (Known("20.10.24"), ("runc", "containerd"))
    assert (second.name, second.path, second.package) == ("runc", "/usr/local/bin/runc", None)
    assert isinstance(second.version, Unknown)
    (api,) = facts.apis
    assert (api.listens, api.tls_verified) == (("tcp://0.0.0.0:2375",), Known(False))


def test_a_configured_runtime_comes_first(tmp_path: Path) -> None:
    for name in ("podman", "crun", "runc"):
        put(tmp_path, f"usr/bin/{name}")
    put(tmp_path, "usr/share/containers/containers.conf", '[engine]\nruntime = "crun"\n')
    put(tmp_path, "etc/containers/containers.conf.d/10-own.conf", '[engine]\nruntime = "runc"\n')
    facts, _ = collect(tmp_path)
    assert {item.name: item.calls for item in facts.components} == {"podman": ("runc", "crun"), "crun": (), "runc": ()}


def test_a_broken_configuration_is_reported(tmp_path: Path) -> None:
    put(tmp_path, "usr/bin/dockerd")
    put(tmp_path, "etc/docker/daemon.json", "{")
    facts, problems = collect(tmp_path)
    assert facts.components[0].calls == ("runc", "containerd")
    assert [item.where for item in problems] == ["/etc/docker/daemon.json"]


def test_a_host_without_engines_has_no_facts(tmp_path: Path) -> None:
    world = World(node="n", today="2026-01-01", host=Rooted(str(tmp_path)))
    assert list(host_runtimes.collect(Target("host", "/"), world)) == []
    assert list(host_runtimes.collect(Target("tree", "."), world)) == []


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("1.1.5+ds1-1+deb12u1", "1.1.5"),
        ("1.6.20~ds1-1+deb12u3", "1.6.20"),
        ("5:24.0.7-1~debian.12~bookworm", "24.0.7"),
        ("2.0.0~rc.1-1", "2.0.0-rc.1"),
        ("1.0.0~rc93+ds1-5", "1.0.0-rc93"),
        ("1.8.1-1+deb12u1", "1.8.1"),
        ("0.0~20221219.0-2+b3", "20221219.0"),
    ],
)
def test_upstreams_version_in_debians(version: str, expected: str) -> None:
    assert upstream(version) == Known(expected)
    assert isinstance(upstream("unstable"), Unknown)


def test_a_program_of_this_host_may_be_asked(tmp_path: Path) -> None:
    path = tmp_path / "crun"
    path.write_text("no Go")

    def answers(command: Sequence[str]) -> bytes:
        assert list(command) == [str(path), "--version"]
        return b"crun version 1.14.1\ncommit: abc\n"

    def fails(_command: Sequence[str]) -> bytes:
        raise Unavailable("gave no answer within 10 s", where="crun")

    assert version_of(World(node="n", today="d", ask=answers), str(path), "crun") == Known("1.14.1")
    assert isinstance(version_of(World(node="n", today="d", ask=fails), str(path), "crun"), Unknown)
    assert isinstance(version_of(World(node="n", today="d", ask=lambda _command: b"hello"), str(path), "crun"), Unknown)


LAYOUTS = {
    "k3s": ("var/lib/rancher/k3s/data/0123abcd/bin/containerd", "containerd"),
    "rke2": ("var/lib/rancher/rke2/data/v1.30.4/bin/runc", "runc"),
    "docker snap": ("snap/docker/current/bin/dockerd", "docker"),
    "microk8s snap": ("snap/microk8s/current/bin/runc", "runc"),
    "kind": ("usr/local/bin/containerd", "containerd"),
    "minikube": ("usr/bin/crio", "cri-o"),
    "kata": ("opt/kata/bin/containerd-shim-kata-v2", "kata-containers"),
    "bottlerocket": ("x86_64-bottlerocket-linux-gnu/sys-root/usr/bin/runc", "runc"),
    "nix": ("run/current-system/sw/bin/crun", "crun"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_of_those_who_bring_their_own(layout: str, tmp_path: Path) -> None:
    path, component = LAYOUTS[layout]
    put(tmp_path, path, "\x7fELF")
    facts, problems = collect(tmp_path)
    assert problems == []
    assert [(item.name, item.path) for item in facts.components] == [(component, f"/{path}")]


def test_a_program_of_several_components_tells_each_by_its_module() -> None:
    k3s = GoBuildInfo(
        go="go1.22.8",
        path="github.com/k3s-io/k3s/cmd/server",
        main=GoModule(path="github.com/k3s-io/k3s", version="(devel)"),
        modules=(GoModule(path="github.com/k3s-io/containerd", version="v1.7.23-k3s2"),),
        settings={"-ldflags": "-X github.com/k3s-io/k3s/pkg/version.Version=v1.30.6+k3s1"},
    )
    assert _told(k3s, "containerd") == "1.7.23"
    own = GoBuildInfo(go="go1.22", main=GoModule(path="github.com/containerd/containerd/v2", version="v2.0.1"))
    assert _told(own, "containerd") == "2.0.1"
    assert _told(GoBuildInfo(go="go1.19"), "runc") == ""
