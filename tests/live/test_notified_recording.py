"""Recording without eBPF: by seccomp user notification, as root and as nobody, against the same known program."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ringfence.engine import profiles, recording
from ringfence.errors import Unavailable, WrongUsage
from ringfence.model.knowledge import Unknown
from ringfence.model.recording import Entry, Method
from ringfence.record.notified import ASSUMED, record_command

MISSING = [] if shutil.which("gcc") else ["gcc"]
pytestmark = [pytest.mark.live, pytest.mark.skipif(bool(MISSING), reason=f"missing: {', '.join(MISSING)}")]

TRUTH = Path(__file__).parent / "programs" / "known_calls.c"
NEVER = float("inf")


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> str:
    made = tmp_path_factory.mktemp("truth") / "known_calls"
    subprocess.run(["gcc", "-O1", "-pthread", "-o", str(made), str(TRUTH)], check=True, timeout=60)
    return str(made)


def test_every_call_that_is_not_assumed_is_seen(truth: str) -> None:
    made = recording.command((truth,), NEVER, "notify")
    assert made.called() >= {"getpriority", "memfd_create", "bpf", "clone", "vfork", "sched_rr_get_interval", "execve"}
    assert [use.name for use in made.calls if use.entry is Entry.I386] == ["getpid"]
    assert made.runs[0].method is Method.NOTIFY
    assert made.runs[0].exit_status == 0
    assert isinstance(made.capabilities, Unknown)
    assert "read" in made.assumed
    assert "read" not in made.called()


def test_with_nothing_assumed_nothing_is_missed(truth: str) -> None:
    known = recording.bench()
    made = record_command([truth], known.names, known.about(truth), assumed=())
    assert {"read", "write", "mmap", "exit_group"} & made.called() >= {"mmap", "exit_group"}
    assert made.assumed == ()


def test_what_was_assumed_is_in_the_profile(truth: str) -> None:
    made = recording.command((truth,), NEVER, "notify")
    filter_ = profiles.seccomp_of(made, "p", ("runc", ""), "safe")
    names = {name for rule in filter_.rules for name in rule.names}
    assert set(ASSUMED) <= names


def test_the_exit_status_and_a_signal_are_told() -> None:
    assert recording.command(("sh", "-c", "exit 7"), NEVER, "notify").runs[0].exit_status == 7
    assert recording.command(("sh", "-c", "kill -9 $$"), NEVER, "notify").runs[0].exit_status == -9


def test_wrong_wishes_are_named() -> None:
    with pytest.raises(Unavailable, match="no such program"):
        recording.command(("no-such-program",), NEVER, "notify")
    with pytest.raises(WrongUsage, match="needs eBPF"):
        recording.command(("true",), 1.0, "notify")
    with pytest.raises(WrongUsage, match="commands only"):
        recording.container("x", 1.0, "notify")


@pytest.mark.skipif(os.geteuid() != 0, reason="missing: root, to become nobody")
def test_nobody_can_record_and_is_given_this_method_unasked() -> None:
    code = (
        "import os\n"
        "from ringfence.engine import recording\n"
        "recording.bench()  # while the files can still be read\n"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "import ctypes; ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # PR_SET_DUMPABLE, as a process of nobody's own has it\n"
        "made = recording.command(('/bin/sh', '-c', 'umask 022'), float('inf'), 'auto')\n"
        "print(made.runs[0].method.value, sorted(made.called()))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.startswith("seccomp-notify")
    assert "'umask'" in done.stdout
