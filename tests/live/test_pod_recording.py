"""A pod's control groups made by hand, with real processes in them: recorded from outside, through cgroup v1 and v2."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ringfence.formats.recording import decode
from ringfence.io.rooted import Rooted
from ringfence.model.knowledge import Known
from ringfence.record import pods

MISSING = [] if os.geteuid() == 0 else ["root"]
MISSING += [] if Path("/sys/kernel/btf/vmlinux").exists() else ["a kernel with BTF"]
pytestmark = [pytest.mark.live, pytest.mark.skipif(bool(MISSING), reason=f"missing: {', '.join(MISSING)}")]

UID, WEB, OTHER = "5eed0000-0000-4000-8000-0000000f00d5", "b" * 64, "c" * 64
HIERARCHIES = pods.hierarchies(Rooted("/")) if not MISSING else ()
KINDS = {
    "v1": [item for item in HIERARCHIES if item.controller],
    "v2": [item for item in HIERARCHIES if not item.controller],
}


@pytest.fixture(params=["v1", "v2"])
def pod(request: pytest.FixtureRequest) -> Iterator[Path]:
    """The directory of a pod's group, made as the kubelet does with the driver cgroupfs."""
    kind = KINDS[request.param]
    if not kind:
        pytest.skip(f"no hierarchy of cgroup {request.param} is mounted")
    folder = Path(kind[0].point) / "kubepods" / f"pod{UID}"
    folder.mkdir(parents=True)
    (folder / WEB).mkdir()
    (folder / OTHER).mkdir()
    try:
        yield folder
    finally:
        for _ in range(100):
            try:
                for place in (folder / WEB, folder / OTHER, folder):
                    if place.exists():
                        place.rmdir()
                break
            except OSError:
                time.sleep(0.1)
        if not any(item.is_dir() for item in folder.parent.iterdir()):
            folder.parent.rmdir()


OWN = ("unshare", "--pid", "--fork", "--kill-child")
"""A pid namespace of its own, as each container has."""


def inside(group: Path, script: str, *wrapped: str) -> subprocess.Popen[bytes]:
    """A shell that, started through `wrapped`, goes into a group and becomes one that runs the script."""
    line = f'echo 0 > {group}/cgroup.procs; exec /bin/sh -c "$1"'
    return subprocess.Popen([*wrapped, "/bin/sh", "-c", line, "sh", script])


def test_all_containers_of_a_pod_are_recorded_until_the_last_one_ends(pod: Path, tmp_path: Path) -> None:
    ready, out = tmp_path / "ready", tmp_path / "pod.json"
    waits = f"while [ ! -e {ready} ]; do sleep 0.05; done"
    web = inside(pod / WEB, f"{waits}; mkdir {tmp_path}/web; chown 3 {tmp_path}/web", *OWN)
    other = inside(pod / OTHER, f"{waits}; sleep 2; rmdir {tmp_path}/web", *OWN)
    time.sleep(0.5)
    recorder = subprocess.Popen(
        [sys.executable, "-m", "ringfence", "record", "--pod", UID, "-o", str(out), "--duration", "60"]
    )
    try:
        time.sleep(4)
        assert recorder.poll() is None
        # One that goes into a container now, a runtime's own in its group, and one beside the pod.
        inside(pod / WEB, f"ln -s x {tmp_path}/link", *OWN).wait(timeout=30)
        inside(pod / WEB, f"mkfifo {tmp_path}/fifo").wait(timeout=30)
        subprocess.run(["chmod", "700", str(tmp_path)], check=True, timeout=30)
        ready.touch()
        assert web.wait(timeout=30) == 0
        assert other.wait(timeout=30) == 0
        assert recorder.wait(timeout=30) == 0, "it ends with the pod"
    finally:
        for process in (web, other, recorder):
            if process.poll() is None:
                process.kill()
                process.wait()
    made = decode(out.read_bytes())
    assert {"mkdir", "rmdir"} <= made.called()
    assert {"symlink", "symlinkat"} & made.called(), "what goes into a container later is recorded"
    assert not {"mknod", "mknodat"} & made.called(), "what a runtime does before it is inside is not"
    assert not {"chmod", "fchmodat"} & made.called(), "what is beside the pod is not"
    assert isinstance(made.capabilities, Known)
    assert {use.name for use in made.capabilities.value if use.had} == {"CAP_CHOWN"}
    assert made.runs[0].subject == UID
    assert "what it did before the recording began" in made.runs[0].blind_spots


def test_a_pod_that_is_not_here_is_one_line() -> None:
    for words, said in (("nowhere/at-all", "the kubelet has no such pod"), ("a", "is no pod"), (f"{UID}", "control group")):
        done = subprocess.run(
            [sys.executable, "-m", "ringfence", "record", "--pod", words],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 2
        assert said in done.stderr
        assert done.stderr.count("\n") == 1
