"""What we say a kernel has is what this machine's has: its own symbols tell which system calls it was built with."""

from pathlib import Path

import pytest

from ringfence.engine.target_kernel import meaning
from ringfence.graph.kernel_features import has
from ringfence.io.rooted import Rooted
from ringfence.io.world import Target, World
from ringfence.knowledge.kernel_history import load
from ringfence.knowledge.system_calls import system_calls
from ringfence.layers.kernel.collect.running_kernel import collect
from ringfence.layers.kernel.facts import Facts
from ringfence.model.confinement import Confinement
from ringfence.model.knowledge import Known
from ringfence.model.syscall_filter import UNCONFINED

pytestmark = pytest.mark.live

SYMBOLS = Path("/proc/kallsyms")
ENTRY = "__x64_sys_"
OTHER_NAMES = {"stat": "newstat", "fstat": "newfstat", "lstat": "newlstat", "uname": "newuname", "umount2": "umount"} | {
    "sendfile": "sendfile64",
    "_sysctl": "sysctl",
}
"""Calls whose function is called otherwise (arch/x86/entry/syscalls/syscall_64.tbl)."""


def kernel_calls() -> set[str]:
    """The entry points of x86-64 that are more than the weak stub which answers ENOSYS (include/linux/syscalls.h)."""
    lines = (line.split() for line in SYMBOLS.read_text(encoding="ascii", errors="replace").splitlines())
    return {words[2].removeprefix(ENTRY) for words in lines if words[2].startswith(ENTRY) and words[1] not in "wW"}


@pytest.fixture(scope="module")
def here() -> Facts:
    found = kernel_calls()
    if len(found) < 100:
        pytest.skip("missing: /proc/kallsyms with the names of system calls (x86-64)")
    (facts,) = collect(Target("host", "here"), World(host=Rooted("/"), node="here", today="2026-01-01"))
    return facts


def test_every_call_is_where_we_say(here: Facts) -> None:
    there, history = kernel_calls(), load()
    said = {}
    for name in system_calls("x86_64").numbers:
        span = history.calls[name]
        if "x86_64" not in span.not_on:
            said[name] = has(name, span, here.kernel, history.options_of).there
    wrong = {name: told for name, told in said.items() if told is not (OTHER_NAMES.get(name, name) in there)}
    assert not wrong
    assert len(said) > 350


def test_an_unconfined_program_reaches_exactly_these(here: Facts) -> None:
    found = meaning(Confinement(syscalls=Known(UNCONFINED)), here.kernel)
    assert found.passing == found.calls
    assert not found.gained
