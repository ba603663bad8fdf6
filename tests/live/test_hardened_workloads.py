"""Nine real workloads: recorded, given the least they were seen to need, started again, exercised, nothing missing.

And what they never did is refused: a prober makes dangerous system calls under each profile. One image, made here by
mmdebstrap out of Debian packages, holds them all. `pytest -s` prints the table.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ringfence.engine import profiles, recording, verifying
from ringfence.formats import seccomp_document
from ringfence.model.knowledge import Known
from ringfence.model.linux import names_of
from ringfence.model.recording import Recording
from ringfence.model.syscall_filter import SyscallFilter
from ringfence.record.profiles import apparmor, selinux
from ringfence.record.recorder import record_image
from worlds import workloads
from worlds.workloads import WORKLOADS, Workload

IMAGE = "localhost/ringfence-workloads:latest"
RUNTIME = "runc"
MISSING = [
    name for name in ("podman", "runc", "mmdebstrap", "gcc", "apparmor_parser", "secilc") if shutil.which(name) is None
]
MISSING += [] if os.geteuid() == 0 else ["root"]
MISSING += [] if Path("/bin/busybox").exists() else ["busybox-static"]
MISSING += [] if Path("/sys/kernel/btf/vmlinux").exists() else ["a kernel with BTF"]
pytestmark = [pytest.mark.live, pytest.mark.skipif(bool(MISSING), reason=f"missing: {', '.join(MISSING)}")]

DANGEROUS = {"unshare", "keyctl", "bpf", "mount"}
REFUSED = (-38, -1)
"""ENOSYS of the profile; EPERM where the kernel asked for a capability first."""
ROWS: list[str] = []


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("workloads")
    place.parent.chmod(0o755)
    exists = subprocess.run(["podman", "image", "exists", IMAGE], check=False, timeout=60).returncode == 0
    if exists:
        workloads.furnish(place)
    else:
        workloads.build(place, IMAGE)
    yield place
    if not exists:
        subprocess.run(["podman", "rmi", "--force", IMAGE], check=True, capture_output=True, timeout=120)
    sys.stdout.write("\n" + "\n".join(ROWS) + "\n")


def probe(folder: Path, *words: str) -> dict[str, int]:
    """What the prober's dangerous calls are answered in a container started with these words."""
    command = ["podman", "--runtime", RUNTIME, "run", "--rm", *workloads.LIMITS, f"--volume={folder}:/srv/app:ro", *words]
    done = subprocess.run([*command, IMAGE, "/srv/app/probe"], capture_output=True, text=True, check=True, timeout=60)
    return {name: int(answer) for name, answer in (line.split() for line in done.stdout.splitlines())}


def record(workload: Workload, folder: Path) -> Recording:
    image = recording.image(IMAGE, ("sh", "-c", workload.command), workloads.options(workload, folder), RUNTIME)
    line = workloads.exercise(workload, IMAGE)
    statuses: list[int] = []

    def exercise(name: str) -> int:
        statuses.append(recording.exerciser(line)(name))
        return statuses[-1]

    made = record_image(recording.bench(), image, exercise if line else None)
    assert statuses == ([0] if line else []), "the exercise works without a profile"
    assert made.complete
    return made


def confined(filter_: SyscallFilter, made: Recording, place: Path) -> tuple[bytes, tuple[str, ...]]:
    """The profile's bytes, and the words that give a container no more than it needs."""
    held = profiles.capability_mask(made)
    assert held is not None
    given = [f"--cap-add={name.removeprefix('CAP_')}" for name in names_of(held)]
    place.write_bytes(seccomp_document.oci(filter_))
    return place.read_bytes(), ("--cap-drop=ALL", *given, "--security-opt=no-new-privileges")


def test_the_default_profile_lets_dangerous_calls_reach_the_kernel(folder: Path) -> None:
    answers = probe(folder)
    assert answers["unshare"] == 0, "podman's default lets anybody make a user namespace"
    assert answers["keyctl"] >= 0


@pytest.mark.parametrize("workload", WORKLOADS, ids=[workload.name for workload in WORKLOADS])
def test_a_workload_runs_with_what_it_was_seen_to_need_and_no_more(workload: Workload, folder: Path, tmp_path: Path) -> None:
    made = record(workload, folder)
    filter_ = profiles.seccomp_of(made, workload.name, (RUNTIME, "1.1.5"), "safe")
    profile, words = confined(filter_, made, tmp_path / "profile.json")

    image = recording.image(IMAGE, ("sh", "-c", workload.command), (*workloads.options(workload, folder), *words), RUNTIME)
    trial, _ = verifying.verify(image, ("profile.json", profile), workloads.exercise(workload, IMAGE), made)
    assert trial.passed, (trial, verifying.lacking(trial))

    answers = probe(folder, f"--security-opt=seccomp={tmp_path / 'profile.json'}", *words, "--read-only")
    assert set(answers) == DANGEROUS
    assert all(answer in REFUSED for answer in answers.values()), answers

    faults = profiles.faults(*profiles.read(profile, "profile.json"))
    assert [fault for fault in faults if fault.severity == "error"] == []
    told = profiles.compared(filter_, "podman", profiles.capability_mask(made))
    assert told.allowed * 2 < told.allowed_by_default
    assert set(told.closed_by_default) <= set(told.closed)
    left = " ".join(word.removeprefix("--cap-add=") for word in words if "add" in word) or "none"
    known = len(told.closed) + len(told.open)
    ROWS.append(
        f"| {workload.name} | {told.allowed} of {told.allowed_by_default} | {left} | "
        f"{len(told.closed)} of {known} (default: {len(told.closed_by_default)}) |"
    )
    if workload.name in ("nginx", "postgres"):
        compiled_by_the_real_compilers(made, workload.name, tmp_path)


def compiled_by_the_real_compilers(made: Recording, name: str, place: Path) -> None:
    """AppArmor's and SELinux's own compilers take what is made of a real recording."""
    profile = place / "profile.apparmor"
    profile.write_text(apparmor.generate(made, name))
    subprocess.run(["apparmor_parser", "-Q", "-K", str(profile)], check=True, capture_output=True, timeout=60)
    policy = place / f"{name}.cil"
    policy.write_text(selinux.generate(made, name))
    base = Path(__file__).parents[1] / "record/profiles/container_base.cil"
    subprocess.run(
        ["secilc", "-o", str(place / "p"), "-f", str(place / "f"), str(base), str(policy)], check=True, timeout=60
    )


@pytest.mark.usefixtures("folder")
def test_a_running_container_is_recorded_with_what_is_begun_in_it() -> None:
    """From the middle of its life: what was before is a blind spot, and said; `podman exec` is seen."""
    name = f"rfrec-running-{os.getpid()}"
    words = ["podman", "--runtime", RUNTIME]
    script = "while sleep 0.1; do cat /etc/hostname >/dev/null; done"
    start = [*words, "run", "--detach", "--name", name, *workloads.LIMITS, IMAGE, "sh", "-c", script]
    subprocess.run(start, check=True, capture_output=True, timeout=60)
    # Something joins it, then it is ended: that ends the recording.
    both = f"sleep 2; podman --runtime {RUNTIME} exec {name} mkdir /tmp/joined; exec podman kill {name}"
    joined = subprocess.Popen(["sh", "-c", both], stdout=subprocess.DEVNULL)
    try:
        made = recording.container(name, 60.0, "auto")
    finally:
        joined.wait(30)
        subprocess.run([*words, "rm", "--force", "--time=0", name], check=True, capture_output=True, timeout=60)
    assert "what it did before the recording began" in made.runs[0].blind_spots
    by = {(use.name, path) for use in made.calls for path in use.executables}
    assert {("openat", "/usr/bin/cat"), ("mkdir", "/usr/bin/mkdir")} <= by


def test_a_profile_that_lacks_a_call_is_told_with_what_to_add(folder: Path) -> None:
    """The shell job under a profile without `pipe2` and `unlinkat`, which it needs."""
    workload = next(item for item in WORKLOADS if item.name == "shell-job")
    made = record(workload, folder)
    filter_ = profiles.seccomp_of(made, "short", (RUNTIME, "1.1.5"), "safe")
    document = json.loads(seccomp_document.oci(filter_))
    needed = {"pipe", "pipe2", "unlinkat"} & set(document["syscalls"][0]["names"])
    assert needed
    document["syscalls"][0]["names"] = [name for name in document["syscalls"][0]["names"] if name not in needed]
    image = recording.image(IMAGE, ("sh", "-c", workload.command), workloads.options(workload, folder), RUNTIME)
    trial, seen = verifying.verify(image, ("short.json", json.dumps(document).encode()), "", made)
    assert not trial.passed
    told = {denial.add for denial in trial.denials if not denial.harmless}
    assert told
    assert told <= {f"allow {name}" for name in needed}
    assert isinstance(seen.refusals, Known)


@pytest.mark.usefixtures("folder")
def test_a_profile_that_stops_the_runtime_is_told() -> None:
    """Only what the program itself calls, as a careless tool would write it: the container does not start."""
    bare = json.dumps(
        {
            "defaultAction": "SCMP_ACT_ERRNO",
            "defaultErrnoRet": 38,
            "architectures": ["SCMP_ARCH_X86_64"],
            "syscalls": [{"names": ["read", "write", "exit_group", "execve", "close"], "action": "SCMP_ACT_ALLOW"}],
        }
    ).encode()
    image = recording.image(IMAGE, ("true",), workloads.LIMITS, RUNTIME)
    trial, _ = verifying.verify(image, ("bare.json", bare), "")
    assert not trial.passed
    assert any("the runtime" in line for line in verifying.lacking(trial))
