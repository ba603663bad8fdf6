"""The kernel's view of real containers against the engine's own word and /proc: needs root, podman, runc, busybox-static.

The image is made here out of the host's static busybox; nothing is fetched.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ringfence.io.world import Target, World
from ringfence.layers.kernel.collect.running_kernel import collect
from ringfence.layers.kernel.facts import Facts
from ringfence.model.confinement import Mount, Sharing
from ringfence.model.knowledge import Known, Unknown
from ringfence.model.linux import Namespace, mask_of
from ringfence.model.syscall_filter import UNCONFINED
from ringfence.model.workload import Workload

IMAGE = "localhost/rfk-tiny:latest"
LIMITS = ("--ulimit=nofile=1024:1024", "--ulimit=nproc=1000:1000", "--network=none")
MISSING = [name for name in ("podman", "runc") if shutil.which(name) is None]
MISSING += [] if Path("/bin/busybox").exists() else ["busybox-static"]
MISSING += [] if os.geteuid() == 0 else ["root"]

pytestmark = [pytest.mark.live, pytest.mark.skipif(bool(MISSING), reason=f"missing: {', '.join(MISSING)}")]


def podman(*words: str) -> str:
    done = subprocess.run(["podman", "--runtime", "runc", *words], capture_output=True, text=True, check=True, timeout=120)
    return done.stdout.strip()


def rootfs(place: Path) -> Path:
    """A root file system with a shell and nothing else."""
    (place / "bin").mkdir(parents=True)
    shutil.copy("/bin/busybox", place / "bin/busybox")
    for name in ("sh", "sleep"):
        (place / "bin" / name).symlink_to("busybox")
    return place


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    place = tmp_path_factory.mktemp("image")
    podman("import", shutil.make_archive(str(place / "tiny"), "tar", rootfs(place / "root")), IMAGE)
    yield IMAGE
    podman("rmi", "--force", IMAGE)


@pytest.fixture(scope="module")
def started(image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, Any]]]:
    """Two containers, by name, with what podman says of each."""
    shared = tmp_path_factory.mktemp("shared")
    given = {
        f"rfk-default-{os.getpid()}": (f"--volume={shared}:/data:ro",),
        f"rfk-open-{os.getpid()}": ("--cap-add=SYS_ADMIN", "--security-opt=seccomp=unconfined", "--pid=host", "--read-only"),
    }
    try:
        for name, words in given.items():
            podman("run", "--detach", f"--name={name}", *LIMITS, *words, image, "sleep", "300")
        yield {name: json.loads(podman("inspect", name))[0] for name in given}
    finally:
        podman("rm", "--force", "--time=0", "--ignore", *given)


@pytest.fixture(scope="module")
def facts(started: dict[str, dict[str, Any]]) -> Facts:
    assert started
    (found,) = collect(Target("host", "localhost"), World(node="here", today="2026-11-24"))
    return found


def of(facts: Facts, inspected: dict[str, Any]) -> Workload:
    return next(item for item in facts.workloads if item.container_id == inspected["Id"])


def status(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}


def test_each_container_agrees_with_podman_and_with_proc(facts: Facts, started: dict[str, dict[str, Any]]) -> None:
    for inspected in started.values():
        workload, pid = of(facts, inspected), inspected["State"]["Pid"]
        assert workload.pids == (pid,)
        assert workload.engine == "podman"
        assert workload.cgroup == inspected["State"]["CgroupPath"]
        seen, raw = workload.confinement, status(pid)
        assert isinstance(seen.capabilities, Known)
        sets = seen.capabilities.value
        assert sets.effective == mask_of(inspected["EffectiveCaps"]) == int(raw["CapEff"], 16)
        assert sets.bounding == mask_of(inspected["BoundingCaps"]) == int(raw["CapBnd"], 16)
        assert seen.uid == Known(0)
        assert seen.read_only_root == Known(inspected["HostConfig"]["ReadonlyRootfs"])
        assert isinstance(seen.namespaces, Known)
        for kind, whose in seen.namespaces.value.items():
            equal = os.readlink(f"/proc/{pid}/ns/{kind}") == os.readlink(f"/proc/self/ns/{kind}")
            assert (whose is Sharing.HOST) == equal, kind


def test_the_default_container_is_filtered_and_the_open_one_is_not(facts: Facts, started: dict[str, dict[str, Any]]) -> None:
    default, open_ = (of(facts, inspected).confinement for inspected in started.values())
    assert isinstance(default.syscalls, Unknown)
    assert open_.syscalls == Known(UNCONFINED)
    assert isinstance(default.namespaces, Known)
    assert isinstance(open_.namespaces, Known)
    assert default.namespaces.value[Namespace.PID] is Sharing.OWN
    assert open_.namespaces.value[Namespace.PID] is Sharing.HOST


def test_the_volume_is_seen_with_its_place_on_the_host(facts: Facts, started: dict[str, dict[str, Any]]) -> None:
    inspected = next(iter(started.values()))
    mounts = of(facts, inspected).confinement.mounts
    assert isinstance(mounts, Known)
    (volume,) = inspected["Mounts"]
    wanted = Mount(source=volume["Source"], destination="/data", read_only=True)
    found = next(item for item in mounts.value if item.destination == "/data")
    assert (found.source, found.kind, found.read_only) == (wanted.source, wanted.kind, wanted.read_only)


def test_plain_runc_is_found_by_the_id_its_user_chose(tmp_path: Path) -> None:
    name = f"rfk-plain-{os.getpid()}"
    rootfs(tmp_path / "rootfs")
    subprocess.run(["runc", "spec"], cwd=tmp_path, check=True, timeout=30)
    config = json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))
    config["root"]["readonly"] = False  # runc makes /proc and /sys in it
    config["process"].update(terminal=False, args=["/bin/sleep", "300"], rlimits=[])
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    runc = ["runc", "--root", str(tmp_path / "state")]
    nothing = subprocess.DEVNULL
    try:
        subprocess.run([*runc, "run", "--detach", name], cwd=tmp_path, check=True, timeout=60, stdin=nothing, stdout=nothing)
        state = json.loads(subprocess.run([*runc, "state", name], capture_output=True, check=True, timeout=30).stdout)
        (found,) = collect(Target("host", "localhost"), World(node="here", today="2026-11-24"))
        workload = next(item for item in found.workloads if item.container_id == name)
        assert workload.pids == (state["pid"],)
        assert workload.confinement.no_new_privileges == Known(True)
        assert workload.confinement.read_only_root == Known(False)
        assert isinstance(workload.confinement.capabilities, Known)
        assert workload.confinement.capabilities.value.effective == int(status(state["pid"])["CapEff"], 16)
    finally:
        subprocess.run([*runc, "delete", "--force", name], check=False, timeout=30, stdout=nothing)
