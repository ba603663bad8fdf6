"""Recording: what it costs the workload, as a ratio to the untraced run, beside strace, interleaved in one run.

Budgets: 1.1 times CPU-bound, 1.5 times a service under load, 2.5 times a bare loop of system calls. Needs root, gcc, strace.
What counts is the CPU time of the workload (of strace too, where that traces it): other work on the machine does not add to
it. Each figure is the least of several; the time to load the recorder is told apart.
"""

import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ringfence.engine.recording import bench as recording_bench
from ringfence.errors import Unavailable
from ringfence.io import held
from ringfence.record import notified
from ringfence.record.tables import Start

ROUNDS = 9
REQUESTS = 4000
LOOP = r"""
#include <sys/syscall.h>
#include <unistd.h>
int main(void) { for (int i = 0; i < 1000000; i++) syscall(SYS_getppid); return 0; }
"""
SERVER = """
import socket, sys
listening = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    connection, _ = listening.accept()
    with connection:
        while request := connection.recv(4096):
            with open("/etc/hostname", "rb") as file:
                connection.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 3\\r\\n\\r\\nok\\n" + file.read(0))
"""
COUNTING = "total = 0\nfor number in range(4_000_000): total += number * number"
BUDGETS = {"CPU-bound": 1.1, "service under load": 1.5, "bare system calls": 2.5}
WAYS = ("untraced", "recorded", "strace -f")


def commands(folder: Path) -> dict[str, list[str]]:
    """The workloads by name; the service is exercised by `asked`."""
    source = folder / "loop.c"
    source.write_text(LOOP, encoding="ascii")
    subprocess.run(["/usr/bin/gcc", "-O2", "-o", str(folder / "loop"), str(source)], check=True)
    return {
        "CPU-bound": [sys.executable, "-c", COUNTING],
        "service under load": [sys.executable, "-c", SERVER],
        "bare system calls": [str(folder / "loop")],
        "150 short programs": ["/bin/sh", "-c", "for i in $(seq 150); do /bin/true; done"],
        "walk of /usr/share": ["find", "/usr/share", "-name", "*.never"],
    }


def free_port() -> int:
    """A port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as place:
        port: int = place.getsockname()[1]
        return port


def asked(port: int) -> None:
    """`REQUESTS` requests over one connection, once the service is up."""
    for _ in range(400):
        try:
            connection = socket.create_connection(("127.0.0.1", port))
            break
        except ConnectionRefusedError:
            time.sleep(0.05)
    with connection:
        for _ in range(REQUESTS):
            connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
            connection.recv(4096)


def used() -> float:
    """CPU seconds of all children that have ended."""
    told = resource.getrusage(resource.RUSAGE_CHILDREN)
    return told.ru_utime + told.ru_stime


def timed(words: list[str], *, service: bool, prepare: Callable[[int], None] = lambda _pid: None) -> float:
    """CPU seconds a command takes; a service is asked, then ended. `prepare` is given its pid before it begins."""
    port = free_port() if service else 0
    child = held.start([*words, str(port)] if service else words)
    prepare(child.pid)
    begun = used()
    child.release()
    if service:
        asked(port)
        child.end(5.0)
    child.wait(600.0)
    return used() - begun


def recorded(words: list[str], *, service: bool) -> float:
    """The same under the eBPF recorder, loaded before."""
    with recording_bench().open() as recorder:
        taken = timed(words, service=service, prepare=lambda pid: recorder.watch(pid, Start.EXEC))
        if any(recorder.counters()[1:]):
            print(f"  lost: {recorder.counters()}")
        return taken


def notify(words: list[str]) -> float:
    """The same by seccomp user notification: with our own time, which the workload waits for."""
    known = recording_bench()
    begun = used() + time.process_time()
    notified.record_command(words, known.names, known.about(" ".join(words)))
    return used() + time.process_time() - begun


def main() -> None:
    """Measures and prints a table."""
    begun = time.perf_counter()
    try:
        recording_bench().open().close()
    except Unavailable as fault:
        print(f"not measured: {fault}")
        return
    print(f"recorder loaded in {(time.perf_counter() - begun) * 1000:.0f} ms\n")
    with tempfile.TemporaryDirectory() as name:
        print("| workload | untraced | recorded | budget | notify | strace -f |\n|---|---|---|---|---|---|")
        for workload, words in commands(Path(name)).items():
            service = workload == "service under load"
            taken: dict[str, list[float]] = {way: [] for way in WAYS}
            for _ in range(ROUNDS):
                taken["untraced"].append(timed(words, service=service))
                taken["recorded"].append(recorded(words, service=service))
                if len(taken["strace -f"]) < 2:
                    traced = ["strace", "-f", "-o", "/dev/null", *words]
                    taken["strace -f"].append(timed(traced, service=service))
            # The least of several: on a shared machine only others add to it.
            least = {way: min(seconds) for way, seconds in taken.items()}
            base = least["untraced"]
            unprivileged = "" if service else f"{min(notify(words) for _ in range(3)) / base:.2f}x"
            budget = f"{BUDGETS[workload]}x" if workload in BUDGETS else ""
            print(
                f"| {workload} | {base:.3f} s | {least['recorded'] / base:.2f}x | {budget} | {unprivileged} | "
                f"{least['strace -f'] / base:.1f}x |"
            )


if __name__ == "__main__":
    main()
