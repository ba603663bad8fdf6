"""Containers found in a root made here: Podman's, Docker's, containerd's for Kubernetes, Kata's, CRI-O's, crun's alone."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ringfence.io.rooted import Rooted
from ringfence.io.world import Target, World
from ringfence.layers.runtime.collect import running_containers
from ringfence.model.confinement import Kernel
from ringfence.model.finding import Problem
from ringfence.model.knowledge import Known
from ringfence.model.workload import Workload, WorkloadId

ID = "c3ad468c8699a0a46efaef6ef02c5447f56bc6acec93130586633cba855410b1"
STORE = "var/lib/containers/storage/overlay-containers"
TASKS = "run/containerd/io.containerd.runtime.v2.task"

Host = Callable[[str, object], None]


@pytest.fixture
def host(tmp_path: Path) -> Host:
    def put(path: str, content: object) -> None:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content if isinstance(content, str) else json.dumps(content))

    return put


def process(host: Host, pid: int, started: int = 50, state: str = "S") -> None:
    fields = [state, *["0"] * 18, str(started), "0"]
    host(f"proc/{pid}/stat", f"{pid} (a b) {' '.join(fields)}")
    host(f"proc/{pid}/cgroup", f"4:pids:/x\n1:name=systemd:/pod/{pid}\n0::/\n")


def state(host: Host, root: str, name: str, pid: int, bundle: str) -> None:
    config = {"labels": [f"bundle=/{bundle}"]}
    host(f"{root}/{name}/state.json", {"id": name, "init_process_pid": pid, "init_process_start": 50, "config": config})


def bundle(host: Host, folder: str, **annotations: str) -> None:
    host(f"{folder}/config.json", {"ociVersion": "1", "process": {}, "linux": {}, "annotations": annotations})


def collect(root: Path) -> tuple[dict[str, Workload], list[Problem]]:
    problems: list[Problem] = []
    world = World(node="n", today="2026-01-01", host=Rooted(str(root)), report=problems.append)
    (facts,) = running_containers.collect(Target("host", "/"), world)
    assert facts.node == "n"
    return {item.container_id: item for item in facts.workloads}, problems


def test_podman(host: Host, tmp_path: Path) -> None:
    process(host, 7)
    state(host, "run/runc", ID, 7, f"{STORE}/{ID}/userdata")
    notes = {"io.container.manager": "libpod", "io.podman.annotations.privileged": "TRUE"}
    bundle(host, f"{STORE}/{ID}/userdata", **notes)
    metadata = json.dumps({"image-name": "localhost/web:1"})
    host(f"{STORE}/containers.json", [{"id": ID, "names": ["web"], "image": "abc", "metadata": metadata}])
    found, problems = collect(tmp_path)
    workload = found[ID]
    assert problems == []
    assert (workload.engine, workload.oci_runtime, workload.pids, workload.running) == ("podman", "runc", (7,), True)
    assert (workload.identity, workload.image, workload.image_digest) == (
        WorkloadId(name="web"),
        "localhost/web:1",
        "sha256:abc",
    )
    assert workload.cgroup == "/pod/7"
    assert workload.confinement.privileged == Known(True)
    assert workload.location.path == f"/{STORE}/{ID}/userdata/config.json"


def test_docker_under_containerd(host: Host, tmp_path: Path) -> None:
    process(host, 8)
    state(host, "run/containerd/runc/moby", ID, 8, f"{TASKS}/moby/{ID}")
    bundle(host, f"{TASKS}/moby/{ID}")
    record = {"ID": ID, "Name": "/db", "Image": "sha256:1", "Config": {"Image": "postgres:16"}}
    host(f"var/lib/docker/containers/{ID}/config.v2.json", record)
    host(f"var/lib/docker/containers/{ID}/hostconfig.json", {"Privileged": True})
    found, problems = collect(tmp_path)
    assert problems == []
    workload = found[ID]
    assert (workload.engine, workload.identity.name, workload.image, workload.image_digest) == (
        "docker",
        "db",
        "postgres:16",
        "sha256:1",
    )
    assert workload.confinement.privileged == Known(True)


def test_pods_of_containerd_without_their_sandbox(host: Host, tmp_path: Path) -> None:
    names = {"io.kubernetes.cri.sandbox-namespace": "shop", "io.kubernetes.cri.sandbox-name": "web-1"}
    kind = "io.kubernetes.cri.container-type"
    for name, pid, notes in (
        ("c", 9, {kind: "container", "io.kubernetes.cri.container-name": "app", "io.kubernetes.cri.image-name": "app:1"}),
        ("s", 10, {kind: "sandbox"}),
    ):
        process(host, pid)
        state(host, "run/containerd/runc/k8s.io", name, pid, f"{TASKS}/k8s.io/{name}")
        bundle(host, f"{TASKS}/k8s.io/{name}", **names, **notes)
    found, problems = collect(tmp_path)
    assert problems == []
    assert found.keys() == {"c"}
    assert found["c"].identity == WorkloadId(namespace="shop", kind="Pod", name="web-1", container="app")
    assert (found["c"].engine, found["c"].image) == ("containerd", "app:1")


@pytest.mark.parametrize(
    ("shim", "runtime", "kernel"),
    [("kata-v2", "kata-containers", Kernel.GUEST), ("runsc-v1", "gvisor", Kernel.SENTRY), ("runc-v2", "runc", Kernel.HOST)],
)
def test_tasks_without_a_runtime_state_we_know(shim: str, runtime: str, kernel: Kernel, host: Host, tmp_path: Path) -> None:
    process(host, 11)
    bundle(host, f"{TASKS}/k8s.io/k")
    host(f"{TASKS}/k8s.io/k/init.pid", "11")
    host(f"{TASKS}/k8s.io/k/shim-binary-path", f"/usr/bin/containerd-shim-{shim}\n")
    workload = collect(tmp_path)[0]["k"]
    assert workload.oci_runtime == runtime
    assert workload.confinement.kernel == Known(kernel)


def test_cri_o_and_crun(host: Host, tmp_path: Path) -> None:
    process(host, 12)
    host("run/crun/c/status", {"pid": 12, "process-start-time": 50, "bundle": "/gone"})
    notes = {
        "io.kubernetes.cri-o.ContainerType": "container",
        "io.kubernetes.pod.name": "p",
        "io.kubernetes.pod.namespace": "ns",
    }
    bundle(host, "run/crun/c", **notes, **{"io.kubernetes.container.name": "app"})
    workload = collect(tmp_path)[0]["c"]
    assert (workload.engine, workload.oci_runtime) == ("cri-o", "crun")
    assert workload.identity == WorkloadId(namespace="ns", kind="Pod", name="p", container="app")


@pytest.mark.parametrize(("started", "letter"), [(51, "S"), (50, "Z")])
def test_a_process_that_is_another_or_dead_is_no_container(started: int, letter: str, host: Host, tmp_path: Path) -> None:
    process(host, 7, started, letter)
    state(host, "run/runc", "c", 7, "b")
    bundle(host, "b")
    state(host, "run/runc", "d", 0, "b")
    state(host, "run/runc", "e", 999, "b")
    assert collect(tmp_path) == ({}, [])


def test_what_cannot_be_read_is_reported(host: Host, tmp_path: Path) -> None:
    process(host, 7)
    state(host, "run/runc", "c", 7, "b")
    host("b/config.json", "{")
    host("run/runc/d/state.json", "[]")
    host("run/crun/e/status", "[]")
    host(f"{STORE}/containers.json", "{}")
    found, problems = collect(tmp_path)
    assert found == {}
    assert {item.where for item in problems} == {
        "/b/config.json",
        "/run/runc/d/state.json",
        "/run/crun/e/status",
        f"/{STORE}/containers.json",
    }


def test_docker_whose_record_is_gone_keeps_its_id(host: Host, tmp_path: Path) -> None:
    process(host, 8)
    state(host, "run/containerd/runc/moby", ID, 8, f"{TASKS}/moby/{ID}")
    bundle(host, f"{TASKS}/moby/{ID}")
    found, problems = collect(tmp_path)
    assert found[ID].identity.name == ID[:12]
    assert len(problems) == 1


def test_an_image_is_no_host(tmp_path: Path) -> None:
    world = World(node="n", today="2026-01-01", host=Rooted(str(tmp_path)))
    assert list(running_containers.collect(Target("image", "x.tar"), world)) == []
