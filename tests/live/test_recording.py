"""The recorder against the truth: programs whose system calls are known, strace's word, faults on purpose.

Needs root and eBPF; the programs are C, made here with gcc.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ringfence.engine import recording
from ringfence.errors import Unavailable
from ringfence.formats.recording import decode
from ringfence.io.rooted import Rooted
from ringfence.model.knowledge import Known
from ringfence.model.recording import Access, Entry, Phase, Recording
from ringfence.record import containers, recorder
from ringfence.record.probes import Scope
from ringfence.record.recorder import Bench
from ringfence.record.session import Watching
from ringfence.record.tables import Limits

MISSING = [name for name in ("gcc", "strace") if shutil.which(name) is None]
MISSING += [] if os.geteuid() == 0 else ["root"]
MISSING += [] if Path("/sys/kernel/btf/vmlinux").exists() else ["a kernel with BTF"]
pytestmark = [pytest.mark.live, pytest.mark.skipif(bool(MISSING), reason=f"missing: {', '.join(MISSING)}")]

TRUTH = Path(__file__).parent / "programs" / "known_calls.c"
RARE = {
    "getpriority", "sched_getparam", "getitimer", "times", "sysinfo", "getpgid", "getsid", "membarrier", "inotify_init1",
    "eventfd2", "timerfd_create", "epoll_create1", "memfd_create", "kcmp", "ioprio_get", "mlock2", "umask", "statfs",
    "io_uring_setup", "userfaultfd", "pidfd_open", "openat2", "futex_waitv", "shmget", "add_key", "bpf", "process_vm_readv",
}  # fmt: skip


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> str:
    made = tmp_path_factory.mktemp("truth") / "known_calls"
    subprocess.run(["gcc", "-O1", "-pthread", "-o", str(made), str(TRUTH)], check=True, timeout=60)
    return str(made)


def record(*words: str, limits: Limits | None = None) -> Recording:
    known = recording.bench()
    return recorder.record_command(Bench(known.native, known.i386, known.kernel, known.machine, limits=limits), words)


def test_every_call_of_every_child_and_thread_is_seen(truth: str) -> None:
    made = record(truth)
    seen = made.called()
    assert seen >= RARE
    assert {"clone", "vfork", "gettid", "sched_rr_get_interval"} <= seen, "the grandchild outlives its parent"
    assert [use.name for use in made.calls if use.entry is Entry.I386] == ["getpid"]
    assert "writev" not in seen, "the 32-bit getpid has the native number of writev"
    assert made.complete
    assert made.runs[0].exit_status == 0


def test_strace_saw_nothing_that_we_did_not(truth: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    subprocess.run(["strace", "-f", "-o", str(log), truth], check=True, timeout=120, stdout=subprocess.DEVNULL)
    traced = {line.split()[1].partition("(")[0] for line in log.read_text().splitlines() if "(" in line}
    traced = {name for name in traced if name.isidentifier() and name != "strace"}
    # The first execve is how the workload begins; getpid was made through the 32-bit entry.
    assert traced - {use.name for use in record(truth).calls} == {"execve"}


def test_files_paths_capabilities_and_sockets_are_seen(tmp_path: Path) -> None:
    script = (
        f"cd {tmp_path}; echo x > made; mkdir {tmp_path}/d; rmdir {tmp_path}/d; chown 3 made; "
        f"{sys.executable} -c 'import socket; s = socket.socket(); s.bind((\"127.0.0.1\", 0)); s.listen(); s.accept'"
    )
    made = record("/bin/sh", "-c", script)
    assert isinstance(made.files, Known)
    files = {(use.path, use.access) for use in made.files.value}
    assert {(f"{tmp_path}/made", Access.WRITE), (f"{tmp_path}/d", Access.CHANGE)} <= files
    assert any(use.access is Access.EXECUTE and use.path.endswith("dash") for use in made.files.value)
    assert isinstance(made.capabilities, Known)
    chown = next(use for use in made.capabilities.value if use.name == "CAP_CHOWN")
    assert chown.had
    assert chown.calls == ("fchownat",)
    assert isinstance(made.sockets, Known)
    assert [(use.operation, use.family, use.address) for use in made.sockets.value] == [("bind", "AF_INET", "127.0.0.1")]
    assert isinstance(made.arguments, Known)
    assert any(use.name == "socket" and dict(use.values)[0] == 2 for use in made.arguments.value)
    serving = made.called(Phase.SERVING)
    assert "exit_group" in serving
    assert "listen" not in serving


def test_memory_accounting_is_no_use_of_a_capability() -> None:
    made = record("/bin/sh", "-c", "ls / >/dev/null")
    assert isinstance(made.capabilities, Known)
    assert not [use for use in made.capabilities.value if use.name == "CAP_SYS_ADMIN"]


def test_tiny_maps_lose_and_say_so(truth: str) -> None:
    made = record("/bin/sh", "-c", "ls -lR /etc >/dev/null", limits=Limits(files=2, arguments=1))
    assert not made.complete
    assert made.runs[0].lost["files"] > 0
    assert "getdents64" in made.called(), "system calls are marks: they cannot be lost"
    few = record(truth, limits=Limits(tasks=1))
    assert few.runs[0].lost["processes"] > 0


def test_a_process_that_ends_at_once_is_seen_from_its_first_instruction() -> None:
    for _ in range(20):
        made = record("/bin/true")
        assert "exit_group" in made.called()


def test_a_storm_of_processes_is_followed_to_the_last(tmp_path: Path) -> None:
    done = tmp_path / "done"
    made = record("/bin/sh", "-c", f"for i in $(seq 150); do (exec /bin/true) & done; wait; mkdir {done}")
    assert made.complete
    assert made.runs[0].exit_status == 0
    assert "mkdir" in made.called()


def ringfence(*words: str, user: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    command = [*user, sys.executable, "-m", "ringfence", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd="/tmp")


def test_the_command_writes_a_recording(tmp_path: Path) -> None:
    out = tmp_path / "recording.json"
    done = ringfence("record", "-o", str(out), "--", "sh", "-c", "echo said; exit 7")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "said\n"
    assert "exit status 7" in done.stderr
    assert decode(out.read_bytes()).runs[0].exit_status == 7
    assert json.loads(out.read_bytes())["schema"] == "ringfence/recording/v1"


def test_a_running_container_namespace_is_recorded_with_what_joins_it(tmp_path: Path) -> None:
    """Without an engine: a pid namespace of our own, recorded as a container is."""
    inner = subprocess.Popen(["unshare", "--pid", "--fork", "sleep", "60"])
    try:
        time.sleep(0.3)
        (child,) = Path(f"/proc/{inner.pid}/task/{inner.pid}/children").read_text().split()
        host = Rooted("/")
        number = containers.namespace(host, child)
        assert number
        assert containers.members(host, number) == {int(child)}
        known = recording.bench()
        with known.open(Scope(pid_namespace=number)) as probes:
            subprocess.run(
                ["nsenter", "-t", child, "-p", "/bin/sh", "-c", f"/bin/mkdir {tmp_path}/x"], check=True, timeout=30
            )
            marks = Watching(probes, known.names, known.about("x")).finish(None)
        assert "mkdir" in marks.called()
    finally:
        inner.kill()
        inner.wait()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--container", "no-such-container"), "no-such-container: no engine here knows"),
        (("--", "no-such-program"), "no-such-program: there is no such program"),
        ((), "say what to record"),
        (("--image", "x", "--container", "y"), "say what to record"),
        (("--image", "x", "--option=--security-opt=seccomp=unconfined"), "ours while recording"),
        (("--merge", "/no/such/file"), "/no/such/file: No such file"),
    ],
)
def test_a_wrong_wish_is_one_line(words: tuple[str, ...], said: str) -> None:
    done = ringfence("record", *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_without_root_it_says_what_is_needed() -> None:
    with pytest.raises(Unavailable, match="CAP_BPF"):
        raise_as_nobody()


def raise_as_nobody() -> None:
    """The recorder's own answer in a process without rights."""
    code = (
        "import os\n"
        "from ringfence.engine import recording\n"
        "from ringfence.errors import Unavailable\n"
        "recording.bench()  # while the files can still be read\n"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "try: recording.command(('true',), 9.0, 'ebpf')\n"
        "except Unavailable as fault: print(fault)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    raise Unavailable(done.stdout.strip())


def test_a_kernel_without_types_is_named(tmp_path: Path) -> None:
    known = recording.bench()
    bare = Bench(known.native, known.i386, known.kernel, known.machine, host=Rooted(str(tmp_path)))
    with pytest.raises(Unavailable, match="CONFIG_DEBUG_INFO_BTF"):
        bare.open()
    other = Bench(known.native, known.i386, known.kernel, "riscv64")
    with pytest.raises(Unavailable, match="x86_64 only"):
        other.open()
