"""What the analysis finds in programs made here: direct calls, pointers, wrappers, libraries; and any bytes are survived."""

import contextlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.engine.static_calls import tiers
from ringfence.errors import Malformed, Unavailable
from ringfence.io.rooted import Rooted
from ringfence.knowledge.system_calls import system_calls
from ringfence.model.recording import CallUse, Phase, Recording
from ringfence.record.static.module import load
from ringfence.record.static.reach import reach

needs_gcc = pytest.mark.skipif(shutil.which("gcc") is None, reason="missing: gcc")
NAMES = {number: name for name, number in system_calls("x86_64").numbers.items()}

BARE = """
static long call(long number) {
    long answer;
    __asm__ volatile("syscall" : "=a"(answer) : "a"(number) : "rcx", "r11", "memory");
    return answer;
}
static void by_pointer(void) { call(272); }  /* unshare */
static void never(void) __attribute__((used, noinline));
static void never(void) { call(165); }       /* mount: nobody calls it */
void (*table[])(void) = {by_pointer};
__attribute__((noinline)) long pass_on(long number) { return call(number); }
void _start(void) {
    __asm__ volatile("mov $39, %%eax; syscall" ::: "rax", "rcx", "r11");  /* getpid */
    pass_on(186);                                                          /* gettid */
    table[0]();
    call(231);                                                             /* exit_group */
    for (;;) ;
}
"""
WITH_LIBRARY = """
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <unistd.h>
int main(void) { return (int)syscall(SYS_getcpu, 0, 0, 0) + getppid(); }
"""


def built(place: Path, source: str, *flags: str) -> str:
    (place / "program.c").write_text(source)
    made = place / "program"
    subprocess.run(["gcc", "-O1", "-o", str(made), str(place / "program.c"), *flags], check=True, timeout=60)
    return str(made)


def names(program: str) -> set[str]:
    return {NAMES[number] for number in reach(program, Rooted("/").read).numbers}


@needs_gcc
@pytest.mark.parametrize("flags", [("-static", "-no-pie"), ("-static-pie", "-fPIE")])
def test_direct_calls_pointers_and_wrappers_are_found(flags: tuple[str, ...], tmp_path: Path) -> None:
    program = built(tmp_path, BARE, "-nostdlib", "-ffreestanding", "-fno-stack-protector", *flags)
    assert {"getpid", "gettid", "unshare", "exit_group"} <= names(program)
    assert "mount" not in names(program), "a function that nothing reaches does not count"


@needs_gcc
def test_calls_through_the_c_library_are_found(tmp_path: Path) -> None:
    found = names(built(tmp_path, WITH_LIBRARY))
    assert {"getcpu", "getppid", "exit_group", "openat", "mmap"} <= found
    assert not {"mount", "init_module", "bpf", "kexec_load"} & found


@needs_gcc
def test_tiers_ask_about_what_is_dangerous_and_was_never_seen(tmp_path: Path) -> None:
    program = built(tmp_path, BARE, "-nostdlib", "-ffreestanding", "-static", "-no-pie", "-fno-stack-protector")
    seen = Recording(calls=tuple(CallUse(name=name, phase=Phase.START_UP) for name in ("getpid", "listen")))
    found = tiers([program], "/", seen)
    assert found.seen == ("getpid",)
    assert found.unexplained == ("listen",)
    assert found.risky == ("unshare",)
    assert {"gettid", "exit_group"} == set(found.unseen)
    assert found.places["unshare"].startswith(f"{program}: by_pointer")


@pytest.mark.skipif(not os.path.exists("/bin/true"), reason="missing: /bin/true")
def test_a_program_whose_library_is_not_there_says_so() -> None:
    data = Path("/bin/true").resolve().read_bytes()

    def read(path: str) -> bytes:
        if path == "/program" or "ld-linux" in path:
            return data if path == "/program" else Path(path).read_bytes()
        raise Unavailable("is not there", where=path)

    assert reach("/program", read).missing == ["libc.so.6"]


@given(st.binary(max_size=300))
def test_any_bytes_are_malformed(data: bytes) -> None:
    for candidate in (data, b"\x7fELF\x02\x01\x01" + bytes(9) + data):
        with pytest.raises(Malformed):
            load("x", candidate)


TRUE = Path("/bin/true").resolve().read_bytes() if os.path.exists("/bin/true") else b""


@pytest.mark.skipif(not TRUE, reason="missing: /bin/true")
@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, max(0, len(TRUE) - 1)), st.integers(0, 255)), min_size=1, max_size=40))
def test_a_damaged_program_is_read_or_malformed(changes: list[tuple[int, int]]) -> None:
    data = bytearray(TRUE)
    for at, value in changes:
        data[at] = value
    with contextlib.suppress(Malformed):
        load("x", bytes(data))


@pytest.mark.skipif(not TRUE, reason="missing: /bin/true")
@settings(max_examples=30)
@given(st.integers(0, len(TRUE)))
def test_a_truncated_program_is_read_or_malformed(size: int) -> None:
    with contextlib.suppress(Malformed):
        load("x", TRUE[:size])
