"""Recording a command without eBPF and without root: by seccomp user notification. System calls only.

Calls that every program makes and that no profile refuses are let through unseen, or each would cost 10 us and more. They
are written down as assumed.
"""

import platform
import secrets
from collections.abc import Sequence

from ringfence import __version__
from ringfence.io import clock, seccomp_notify
from ringfence.model.recording import CallUse, Entry, Method, Phase, Recording, Run
from ringfence.record.programs import X32_BIT
from ringfence.record.readout import Names
from ringfence.record.session import About

ASSUMED = (
    "read", "write", "close", "fstat", "newfstatat", "lseek", "mmap", "mprotect", "munmap", "brk", "rt_sigaction",
    "rt_sigprocmask", "rt_sigreturn", "pread64", "pwrite64", "readv", "writev", "poll", "ppoll", "futex", "getpid", "gettid",
    "getppid", "getuid", "geteuid", "getgid", "getegid", "fcntl", "openat", "access", "faccessat", "getdents64",
    "epoll_wait", "epoll_pwait", "epoll_ctl", "recvfrom", "sendto", "recvmsg", "sendmsg", "clock_gettime", "nanosleep",
    "clock_nanosleep", "exit", "exit_group", "set_robust_list", "set_tid_address", "rseq", "getrandom", "madvise",
    "sched_yield", "wait4", "readlink", "stat", "lstat",
)  # fmt: skip
"""Let through unseen: harmless, and made by nearly every program."""
BLIND_SPOTS = (
    "calls that are assumed: whether they were made is not told",
    "arguments, capabilities, files and sockets",
    "programs that are setuid or have file capabilities: they run without them here",
    "what is done through io_uring",
)


def record_command(command: Sequence[str], names: Names, about: About, assumed: Sequence[str] = ASSUMED) -> Recording:
    """Runs a command and notes its system calls and those of its children. Raises `Unavailable`."""
    numbers = {name: number for number, name in names.native.items()}
    known = [name for name in assumed if name in numbers]
    seen: set[tuple[int, int]] = set()
    started = clock.now()
    told = seccomp_notify.follow(command, [numbers[name] for name in known], lambda arch, number: seen.add((arch, number)))
    run = Run(
        id=secrets.token_hex(6),
        subject=about.subject,
        method=Method.NOTIFY,
        started=started,
        seconds=round(told.seconds, 3),
        kernel=about.kernel,
        machine=about.machine,
        ringfence=__version__,
        exit_status=told.status,
        coverage=((round(told.seconds, 2), len(seen)),),
        blind_spots=BLIND_SPOTS,
    )
    calls = sorted({_named(names, architecture, number) for architecture, number in seen})
    return Recording(
        runs=(run,),
        calls=tuple(CallUse(name=name, phase=Phase.START_UP, entry=entry, runs=(run.id,)) for name, entry in calls),
        assumed=tuple(sorted(known)),
    )


def _named(names: Names, architecture: int, number: int) -> tuple[str, Entry]:
    if architecture != seccomp_notify.AUDIT_ARCH.get(platform.machine()):
        return names.of(number, Entry.I386), Entry.I386
    return ("(any)", Entry.X32) if number & X32_BIT else (names.of(number, Entry.NATIVE), Entry.NATIVE)
