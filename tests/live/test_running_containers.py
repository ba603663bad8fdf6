"""Real containers: what the bundle says must be what the kernel and the engine say of the same container."""

import json
import os
import shutil
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest

from ringfence.io.world import Target, World
from ringfence.layers.kernel.collect import running_kernel
from ringfence.layers.runtime.checks import (
    dangerous_capability,
    host_namespace_shared,
    new_privileges_allowed,
    privileged_container,
    runs_as_root,
    unconfined_seccomp,
    writable_host_path,
)
from ringfence.layers.runtime.collect import host_runtimes, running_containers
from ringfence.model.component import Component
from ringfence.model.confinement import Sharing
from ringfence.model.finding import Problem
from ringfence.model.knowledge import Known
from ringfence.model.linux import Namespace, names_of
from ringfence.model.outcome import Broken
from ringfence.model.syscall_filter import Passage, passage
from ringfence.model.workload import Workload

pytestmark = pytest.mark.live

IMAGE = "localhost/rfr-test:1"
LIMITS = ("--ulimit=nofile=1024:1024", "--ulimit=nproc=1000:1000")
OWN_NETWORK = ("--network=none",)
CHECKS = {
    module.CHECK.slug: module.check
    for module in (
        dangerous_capability,
        host_namespace_shared,
        new_privileges_allowed,
        privileged_container,
        runs_as_root,
        unconfined_seccomp,
        writable_host_path,
    )
}
DEFAULT = {"runs-as-root", "new-privileges-allowed"}

CASES: dict[str, tuple[tuple[str, ...], set[str]]] = {
    "default": (OWN_NETWORK, DEFAULT),
    "admin": (
        (*OWN_NETWORK, "--cap-add=SYS_ADMIN", "--security-opt=seccomp=unconfined"),
        {*DEFAULT, "dangerous-capability", "unconfined-seccomp"},
    ),
    "privileged": ((*OWN_NETWORK, "--privileged"), {"runs-as-root", "privileged-container"}),
    "user": (
        (*OWN_NETWORK, "--user=1000", "--read-only", "--cap-drop=all", "--security-opt=no-new-privileges"),
        set(),
    ),
    "user-with-caps": (
        (*OWN_NETWORK, "--user=1000", "--cap-add=SYS_PTRACE"),
        {"new-privileges-allowed", "dangerous-capability"},
    ),
    "root-without-new": ((*OWN_NETWORK, "--security-opt=no-new-privileges"), {"runs-as-root"}),
    "remapped": ((*OWN_NETWORK, "--uidmap=0:100000:65536", "--gidmap=0:100000:65536"), DEFAULT),
    "host-root": ((*OWN_NETWORK, "-v", "/:/host"), {*DEFAULT, "writable-host-path"}),
    "host-spaces": (("--pid=host", "--network=host"), {*DEFAULT, "host-namespace-shared"}),
}


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        pytest.fail(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout.strip()


@pytest.fixture(scope="module")
def busybox() -> str:
    found = next((path for path in ("/bin/busybox", "/usr/bin/busybox") if Path(path).exists()), None)
    if os.geteuid() != 0 or not shutil.which("podman") or not shutil.which("runc") or not found:
        pytest.skip("needs root, podman, runc and busybox-static")
    return found


@pytest.fixture(scope="module")
def image(busybox: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    archive = tmp_path_factory.mktemp("image") / "root.tar"
    with tarfile.open(archive, "w") as tar:
        for name in ("bin", "etc", "proc", "sys", "dev", "tmp"):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(entry)
        tar.add(os.path.realpath(busybox), "bin/busybox")
        for name in ("sh", "sleep"):
            entry = tarfile.TarInfo(f"bin/{name}")
            entry.type, entry.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(entry)
        passwd = b"root:x:0:0::/:/bin/sh\n"
        entry = tarfile.TarInfo("etc/passwd")
        entry.size = len(passwd)
        tar.addfile(entry, BytesIO(passwd))
    run("podman", "import", "-q", str(archive), IMAGE)
    yield IMAGE
    run("podman", "rmi", "-f", IMAGE)


@pytest.fixture(scope="module")
def containers(image: str) -> Iterator[dict[str, str]]:
    started: dict[str, str] = {}
    try:
        for name, (flags, _) in CASES.items():
            full = f"rfr-test-{name}"
            started[name] = run(
                *("podman", "--runtime", "runc", "run", "-d", "--name", full, *LIMITS, *flags, image, "sleep", "120")
            )
        yield started
    finally:
        for name in CASES:
            subprocess.run(
                ["podman", "rm", "-f", "-t", "0", f"rfr-test-{name}"], capture_output=True, timeout=60, check=False
            )


@pytest.fixture(scope="module")
def collected(containers: dict[str, str]) -> dict[str, Workload]:
    problems: list[Problem] = []
    found = collect(problems.append)
    return {name: found[container] for name, container in containers.items()}


def collect(report: Callable[[Problem], None]) -> dict[str, Workload]:
    world = World(node="here", today="2026-01-01", report=report)
    (facts,) = running_containers.collect(Target("host", "/"), world)
    return {item.container_id: item for item in facts.workloads}


def status(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}


@pytest.mark.parametrize("name", CASES)
def test_it_is_what_the_kernel_says(name: str, collected: dict[str, Workload]) -> None:
    workload = collected[name]
    confinement, told = workload.confinement, status(workload.pids[0])
    assert isinstance(confinement.capabilities, Known)
    sets = confinement.capabilities.value
    wanted = {
        "Inh": sets.inheritable,
        "Prm": sets.permitted,
        "Eff": sets.effective,
        "Bnd": sets.bounding,
        "Amb": sets.ambient,
    }
    assert {key: int(told[f"Cap{key}"], 16) for key in wanted} == wanted
    assert confinement.no_new_privileges == Known(told["NoNewPrivs"] == "1")
    assert isinstance(confinement.syscalls, Known)
    assert confinement.syscalls.value.unconfined == (told["Seccomp"] == "0")
    assert isinstance(confinement.uid, Known)
    assert isinstance(confinement.uid_map, Known)
    (outside,) = [
        item.outside + confinement.uid.value - item.inside
        for item in confinement.uid_map.value
        if 0 <= confinement.uid.value - item.inside < item.length
    ]
    assert int(told["Uid"].split()[0]) == outside
    lines = [tuple(map(int, line.split())) for line in Path(f"/proc/{workload.pids[0]}/uid_map").read_text().splitlines()]
    assert lines == [(item.inside, item.outside, item.length) for item in confinement.uid_map.value]
    assert isinstance(confinement.namespaces, Known)
    for kind in (Namespace.PID, Namespace.NETWORK, Namespace.IPC, Namespace.UTS, Namespace.MOUNT, Namespace.USER):
        here, there = (os.readlink(f"/proc/{pid}/ns/{kind.value}") for pid in ("self", workload.pids[0]))
        assert (confinement.namespaces.value[kind] is Sharing.HOST) == (here == there), kind


@pytest.mark.parametrize("name", CASES)
def test_it_is_what_podman_says(name: str, collected: dict[str, Workload]) -> None:
    workload = collected[name]
    (told,) = json.loads(run("podman", "inspect", workload.container_id))
    confinement = workload.confinement
    assert workload.identity.name == told["Name"]
    assert (workload.engine, workload.oci_runtime, workload.image) == ("podman", told["OCIRuntime"], IMAGE)
    assert workload.image_digest == f"sha256:{told['Image']}"
    assert workload.pids == (told["State"]["Pid"],)
    assert confinement.privileged == Known(told["HostConfig"]["Privileged"])
    assert confinement.read_only_root == Known(told["HostConfig"]["ReadonlyRootfs"])
    assert isinstance(confinement.capabilities, Known)
    assert set(names_of(confinement.capabilities.value.bounding)) == set(told["BoundingCaps"] or ())
    assert isinstance(confinement.mounts, Known)
    assert {item.source for item in confinement.mounts.value} == {item["Source"] for item in told["Mounts"]}


@pytest.mark.parametrize("name", CASES)
def test_the_checks_say_so(name: str, collected: dict[str, Workload]) -> None:
    broken = {slug for slug, ask in CHECKS.items() if isinstance(ask(collected[name]), Broken)}
    assert broken == CASES[name][1]


@pytest.fixture(scope="module")
def of_proc(containers: dict[str, str]) -> dict[str, Workload]:
    (found,) = running_kernel.collect(Target("host", "/"), World(node="here", today="2026-01-01"))
    by_id = {item.container_id: item for item in found.workloads}
    return {name: by_id[number] for name, number in containers.items()}


TOLD_BY_BOTH = ("uid", "gid", "uid_map", "gid_map", "capabilities", "no_new_privileges", "read_only_root", "kernel")


@pytest.mark.parametrize("name", CASES)
def test_the_bundle_and_proc_agree(name: str, collected: dict[str, Workload], of_proc: dict[str, Workload]) -> None:
    bundle, proc = collected[name].confinement, of_proc[name].confinement
    for field in TOLD_BY_BOTH:
        assert getattr(bundle, field) == getattr(proc, field), field
    assert isinstance(bundle.namespaces, Known)
    assert isinstance(proc.namespaces, Known)
    shared = {kind for kind, whose in proc.namespaces.value.items() if whose is Sharing.HOST}
    assert {kind for kind, whose in bundle.namespaces.value.items() if whose is Sharing.HOST} == shared
    for field in ("masked_paths", "read_only_paths"):
        told, seen = getattr(bundle, field), getattr(proc, field)
        # What this kernel has not, nobody hides or guards; the file names it all the same.
        assert set(seen.value) <= set(told.value), field
        assert {path for path in told.value if Path(path).exists()} <= set(seen.value), field
    assert isinstance(bundle.mounts, Known)
    assert isinstance(proc.mounts, Known)
    asked = {(item.source, item.destination, item.read_only) for item in bundle.mounts.value}
    assert asked <= {(item.source, item.destination, item.read_only) for item in proc.mounts.value}


def test_podmans_default_profile_is_resolved(collected: dict[str, Workload]) -> None:
    filter_ = collected["default"].confinement.syscalls
    assert isinstance(filter_, Known)
    assert passage(filter_.value, "unshare") is Passage.ALLOWED
    assert passage(filter_.value, "setns") is Passage.ALLOWED
    assert passage(filter_.value, "kexec_load") is Passage.DENIED


def test_a_bundle_run_by_runc_alone_is_found(busybox: str, tmp_path: Path) -> None:
    root = tmp_path / "rootfs"
    (root / "bin").mkdir(parents=True)
    for folder in ("proc", "sys", "dev"):
        (root / folder).mkdir()
    shutil.copy(os.path.realpath(busybox), root / "bin" / "busybox")
    run("runc", "spec", "--bundle", str(tmp_path))
    spec = json.loads((tmp_path / "config.json").read_text())
    spec["process"] |= {"terminal": False, "args": ["/bin/busybox", "sleep", "60"], "rlimits": []}
    (tmp_path / "config.json").write_text(json.dumps(spec))
    try:
        with (tmp_path / "log").open("w") as log:
            subprocess.run(
                ["runc", "run", "-d", "--bundle", str(tmp_path), "rfr-test-plain"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                timeout=60,
                check=True,
            )
        workload = collect(lambda _problem: None)["rfr-test-plain"]
        assert (workload.engine, workload.oci_runtime, workload.identity.name) == ("", "runc", "rfr-test-plain")
        assert isinstance(workload.confinement.capabilities, Known)
        assert int(status(workload.pids[0])["CapEff"], 16) == workload.confinement.capabilities.value.effective
        assert workload.confinement.no_new_privileges == Known(True)
        run("runc", "kill", "rfr-test-plain", "KILL")
        for _ in range(100):
            if "rfr-test-plain" not in collect(lambda _problem: None):
                break
            time.sleep(0.1)
        assert "rfr-test-plain" not in collect(lambda _problem: None)
    finally:
        subprocess.run(["runc", "delete", "-f", "rfr-test-plain"], capture_output=True, timeout=60, check=False)


@pytest.mark.usefixtures("busybox")
def test_the_runtimes_of_this_host_have_versions() -> None:
    (facts,) = host_runtimes.collect(Target("host", "/"), World(node="here", today="2026-01-01"))
    found: dict[str, Component] = {item.name: item for item in facts.components}
    assert {"podman", "runc"} <= found.keys()
    told = run("runc", "--version").split()[2].partition("+")[0]
    assert found["runc"].version == Known(told)
    assert "runc" in found["podman"].calls
