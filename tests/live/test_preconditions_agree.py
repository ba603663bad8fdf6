"""What a precondition says of a container is what happens when its primitive is tried inside. Primitives, never exploits."""

import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ringfence.engine import collecting, impacts, storeys
from ringfence.graph.answers import all_of
from ringfence.graph.assemble import Graph
from ringfence.graph.impact import impact
from ringfence.graph.preconditions import evaluate
from ringfence.graph.subject import Subject
from ringfence.io.world import Target, World
from ringfence.knowledge.stack_cves import stack_cve
from ringfence.model.finding import VerdictStatus
from ringfence.model.node import Node, NodeKind
from ringfence.model.report import ConditionResult
from ringfence.model.stack_cve import CanCall, CanMakeUserNamespace, HasCapability, Precondition

pytestmark = pytest.mark.live

IMAGE = "localhost/rfg-test:1"
LIMITS = ("--ulimit=nofile=1024:1024", "--ulimit=nproc=1000:1000", "--network=none")
PROGRAMS = (
    "sh",
    "test",
    "sleep",
    "unshare",
    "mount",
    "umount",
    "mknod",
    "chroot",
    "chown",
    "hostname",
    "true",
    "touch",
    "rm",
    "nice",
)
CONTAINERS: dict[str, tuple[str, ...]] = {
    "default": (),
    "admin": ("--cap-add=SYS_ADMIN", "--security-opt=seccomp=unconfined"),
    "unfiltered": ("--security-opt=seccomp=unconfined",),
    "bare": ("--cap-drop=all",),
    "nothing": ("--user=1000", "--cap-drop=all", "--security-opt=no-new-privileges"),
    "device-maker": ("--cap-add=MKNOD",),
}
PRIMITIVES: dict[str, tuple[str, tuple[Precondition, ...]]] = {
    "user-namespace": ("unshare -U true", (CanMakeUserNamespace(),)),
    "mount-namespace": (
        "unshare -m true",
        (HasCapability(names=("CAP_SYS_ADMIN",)), CanCall(all_of=("unshare",), arguments={"0": 0x00020000})),
    ),
    "cgroup-hierarchy": (
        "mount -t cgroup -o pids none /tmp && umount /tmp",
        (HasCapability(names=("CAP_SYS_ADMIN",)), CanCall(all_of=("mount",))),
    ),
    "new-root": ("chroot / true", (HasCapability(names=("CAP_SYS_CHROOT",)), CanCall(all_of=("chroot",)))),
    "device-file": (
        "mknod /tmp/null c 1 3 && rm /tmp/null",
        (HasCapability(names=("CAP_MKNOD",)), CanCall(any_of=("mknod", "mknodat"))),
    ),
    "other-owner": (
        "touch /tmp/file && chown 7 /tmp/file",
        (HasCapability(names=("CAP_CHOWN",)), CanCall(any_of=("chown", "lchown", "fchownat"))),
    ),
    "host-name": (
        "hostname other",
        (HasCapability(names=("CAP_SYS_ADMIN",)), CanCall(all_of=("sethostname",))),
    ),
}


def run(*command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL)
    if check and done.returncode:
        pytest.fail(f"{' '.join(command)}: {done.stderr.strip()}")
    return done


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    busybox = next((path for path in ("/bin/busybox", "/usr/bin/busybox") if Path(path).exists()), None)
    if os.geteuid() != 0 or not shutil.which("podman") or not shutil.which("runc") or not busybox:
        pytest.skip("needs root, podman, runc and busybox-static")
    archive = tmp_path_factory.mktemp("image") / "root.tar"
    with tarfile.open(archive, "w") as tar:
        for name, mode in (("bin", 0o755), ("proc", 0o755), ("sys", 0o755), ("dev", 0o755), ("tmp", 0o1777)):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = tarfile.DIRTYPE, mode
            tar.addfile(entry)
        tar.add(os.path.realpath(busybox), "bin/busybox")
        for name in PROGRAMS:
            entry = tarfile.TarInfo(f"bin/{name}")
            entry.type, entry.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(entry)
    run("podman", "import", "-q", str(archive), IMAGE)
    yield IMAGE
    run("podman", "rmi", "-f", IMAGE, check=False)


@pytest.fixture(scope="module")
def started(image: str) -> Iterator[dict[str, str]]:
    made: dict[str, str] = {}
    try:
        for name, flags in CONTAINERS.items():
            command = ("podman", "--runtime", "runc", "run", "-d", "--name", f"rfg-test-{name}", *LIMITS, *flags)
            made[name] = run(*command, image, "sleep", "300").stdout.strip()
        yield made
    finally:
        for name in CONTAINERS:
            run("podman", "rm", "-f", "-t", "0", f"rfg-test-{name}", check=False)


@pytest.fixture(scope="module")
def graph(started: dict[str, str]) -> Graph:
    assert started
    world = World(node="here", today="2026-11-24", readers=storeys.readers(), report=lambda _: None, progress=lambda _: None)
    return impacts.graph_of(collecting.gather(Target("host", "here"), world))


@pytest.fixture(scope="module")
def judged(graph: Graph, started: dict[str, str]) -> Callable[[str, tuple[Precondition, ...]], ConditionResult]:
    nodes: dict[str, Node] = {
        node.what.container_id: node for node in graph.kind(NodeKind.WORKLOAD) if node.what is not None
    }
    host = next(iter(graph.hosts.values()))

    def judge(name: str, wanted: tuple[Precondition, ...]) -> ConditionResult:
        workload = nodes[started[name]].what
        assert workload is not None
        return all_of("all", (evaluate(item, Subject(workload.confinement, host.kernel)) for item in wanted))

    return judge


@pytest.mark.parametrize("primitive", PRIMITIVES)
@pytest.mark.parametrize("name", CONTAINERS)
def test_what_is_said_is_what_happens(
    name: str,
    primitive: str,
    started: dict[str, str],
    judged: Callable[[str, tuple[Precondition, ...]], ConditionResult],
) -> None:
    command, wanted = PRIMITIVES[primitive]
    answer = judged(name, wanted)
    done = run("podman", "exec", started[name], "sh", "-c", command, check=False)
    assert answer.met is not None, answer.because
    assert done.returncode != 127, f"the image lacks a program of {command!r}"
    assert answer.met == (done.returncode == 0), f"{answer.because}; {command}: {done.stderr.strip()}"


def test_the_verdict_on_the_release_agent_is_what_the_mount_says(graph: Graph, started: dict[str, str]) -> None:
    cve = stack_cve("CVE-2022-0492")
    assert cve is not None
    by_name = {item.workload.name: item.verdict.status for item in impact(graph, cve, impacts.orders()).workloads}
    for name, container in started.items():
        command = "mount -t cgroup -o pids none /tmp && test -e /tmp/release_agent && umount /tmp"
        opened = run("podman", "exec", container, "sh", "-c", command, check=False).returncode == 0
        assert (by_name[f"rfg-test-{name}"] is VerdictStatus.REACHABLE) == opened, name
