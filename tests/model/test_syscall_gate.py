"""The gate against libseccomp: for random profiles, every way in, and arguments at the edges of the conditions."""

import errno
import random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from model.libseccomp import action_number, compiled, library, run
from ringfence.formats import seccomp_profile
from ringfence.knowledge import runtime_defaults
from ringfence.knowledge.system_calls import system_calls
from ringfence.model.linux import SOCKET_FAMILIES
from ringfence.model.syscall_filter import UNCONFINED, Answer, ArgumentCondition, Comparison, SyscallFilter, SyscallRule
from ringfence.model.syscall_gate import (
    ALLOW,
    CARRIED,
    ENTRIES,
    STRICTEST_FIRST,
    UNFILTERED,
    X32_BIT,
    Entry,
    Gate,
    Installer,
    strictest,
)

LIBRARY = library()
needs_library = pytest.mark.skipif(LIBRARY is None, reason="missing: libseccomp2 (Debian), which is the oracle here")

TABLES = {
    Entry.X86_64: system_calls("x86_64").numbers,
    Entry.I386: system_calls("i386").numbers,
    Entry.X32: system_calls("x32").numbers,
}
BARE = Installer(stub=False)
"""libseccomp alone, without what runc puts before."""
PLAIN = ("read", "openat", "personality", "ioctl", "clone", "prctl", "chown32", "stat64")
NAMES = (*PLAIN, "socket", "connect", "accept4", "socketcall", "ipc", "semget", "shmat")
ERRNOS = (1, 5, 38)
WORDS = st.one_of(
    st.integers(0, 45),
    st.sampled_from([0, 1, 2**31, 2**32 - 1, 2**32, 2**32 + 7, 2**63, 2**64 - 1, 0x7E020000, 0x10000000]),
)


NARROW = WORDS.map(lambda word: word % 2**32)


def equalities(index: int, words: st.SearchStrategy[int]) -> st.SearchStrategy[ArgumentCondition]:
    ops = st.sampled_from([Comparison.EQUAL, Comparison.NOT_EQUAL])
    return st.builds(ArgumentCondition, index=st.just(index), op=ops, value=words)


def conditions(index: int) -> st.SearchStrategy[ArgumentCondition]:
    ordered = st.builds(
        ArgumentCondition,
        index=st.just(index),
        op=st.sampled_from([Comparison.LESS, Comparison.LESS_OR_EQUAL, Comparison.GREATER_OR_EQUAL, Comparison.GREATER]),
        value=NARROW,
    )
    masked = st.builds(
        lambda mask, rest: ArgumentCondition(index=index, op=Comparison.MASKED_EQUAL, value=mask, value_two=rest & mask),
        NARROW,
        NARROW,
    )
    return st.one_of(equalities(index, NARROW), ordered, masked)


@st.composite
def filters(draw: st.DrawFn) -> SyscallFilter:
    """Any filter but those whose answer is libseccomp's own choice (docs/limits.md).

    Rules of a call that have conditions all say the same, none twice. Several are equalities of one argument; a single one
    is about one argument, or equalities of some. Values and arguments have 32 bits.
    """
    default = draw(st.sampled_from(["SCMP_ACT_ERRNO", "SCMP_ACT_ALLOW", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_TRAP"]))
    action = draw(st.sampled_from(["SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_TRAP", "SCMP_ACT_LOG"]))
    number = draw(st.sampled_from([None, *ERRNOS]))
    rules = []
    for name in draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=6)):
        index = draw(st.integers(0, 4))
        one_argument = st.one_of(
            st.lists(st.tuples(equalities(index, NARROW)), unique=True, min_size=1, max_size=3),
            st.lists(st.tuples(conditions(index)), min_size=1, max_size=1),
        )
        one_rule = st.lists(st.integers(0, 4), unique=True, max_size=3).flatmap(
            lambda indexes: st.tuples(st.tuples(*(equalities(each, NARROW) for each in indexes)))
        )
        drawn = draw(st.one_of(one_argument, one_rule))
        rules += [SyscallRule(names=(name,), action=action, errno=number, conditions=tests) for tests in drawn]
    # x86-64 with x32 alone makes libseccomp 2.5.4 leave out the load of the call's number in some programs (seen here).
    others = draw(st.sampled_from([(), ("SCMP_ARCH_X86",), ("SCMP_ARCH_X86", "SCMP_ARCH_X32")]))
    return SyscallFilter(
        profile="drawn",
        default_action=default,
        default_errno=draw(st.sampled_from([None, *ERRNOS])),
        architectures=("SCMP_ARCH_X86_64", *others),
        rules=tuple(draw(st.permutations(rules))),
    )


def edges(filter_: SyscallFilter) -> list[int]:
    """The values of all conditions and their neighbours: where an answer can change."""
    seen = {0, 1, 2, 2**64 - 1}
    for rule in filter_.rules:
        for item in rule.conditions:
            for value in (item.value, item.value_two):
                seen |= {value, (value + 1) % 2**64, (value - 1) % 2**64, value % 2**32, value | 2**32}
    return sorted(seen)


def number(answer: Answer) -> int:
    return action_number(answer.action, answer.errno)


@needs_library
@settings(max_examples=40, deadline=None, derandomize=True, phases=[Phase.generate])
@given(filter_=filters(), chance=st.randoms(use_true_random=False))
def test_every_answer_is_libseccomps(filter_: SyscallFilter, chance: random.Random) -> None:
    assert LIBRARY is not None
    program = compiled(LIBRARY, filter_)
    values = edges(filter_)
    for entry, table in TABLES.items():
        gate = Gate(filter_, entry, table, BARE)
        for name in (*NAMES, "getppid"):
            if name not in table:
                continue
            for _ in range(4):
                arguments = [value % 2**32 for value in chance.choices(values, k=6)]
                told = gate.answers(table[name], arguments)
                seen = run(program, entry.value, table[name], arguments)
                assert {number(item) for item in told} == {seen}, (entry, name, [hex(item) for item in arguments])


@needs_library
@pytest.mark.parametrize("item", runtime_defaults._profiles(), ids=lambda item: item.version)
def test_every_default_profile_answers_as_libseccomp_says(item: runtime_defaults.DefaultProfile) -> None:
    assert LIBRARY is not None
    filter_ = seccomp_profile.resolve(seccomp_profile.parse(bytes(item.profile)), item.name, 0, "6.12.0")
    program = compiled(LIBRARY, filter_)
    known = frozenset(
        name for rule in filter_.rules for name in rule.names if LIBRARY.seccomp_syscall_resolve_name(name.encode()) != -1
    )
    tested = {name for rule in filter_.rules if rule.conditions for name in rule.names} | {"socketcall"}
    for entry, table in TABLES.items():
        gate = Gate(filter_, entry, table, Installer(stub=False, known=known))
        for name, call in {**table, "nothing": 600, "nothing of x32": X32_BIT | 600}.items():
            if entry is Entry.X86_64 and call in UNFILTERED:
                continue
            for first in (0, 1, 2, 8, 38, 39, 40, 0x20000, 0x10000000, 2**32 - 1) if name in tested else (0,):
                arguments = (first, 0, 0, 0, 0, 0)
                told = {number(each) for each in gate.answers(call, arguments)}
                assert told == {run(program, entry.value, call, arguments)}, (entry, name, first)


def test_the_strictest_of_stacked_filters_counts() -> None:
    assert strictest([]) == ALLOW
    stacked = [Answer(action=action) for action in STRICTEST_FIRST]
    for place in range(len(stacked)):
        assert strictest(reversed(stacked[place:])) == stacked[place]


def test_no_filter_lets_everything_in_and_one_that_allows_all_kills_foreign_calls() -> None:
    loaded = SyscallFilter(profile="open.json", default_action="SCMP_ACT_ALLOW")
    assert loaded.unconfined
    for entry in ENTRIES["x86_64"]:
        assert Gate(UNCONFINED, entry, TABLES[entry]).answers(0, (0,) * 6) == {ALLOW}
        answer = {ALLOW} if entry is Entry.X86_64 else {Answer(action="SCMP_ACT_KILL_THREAD")}
        assert Gate(loaded, entry, TABLES[entry]).answers(TABLES[entry]["read"], (0,) * 6) == answer


def test_i386_has_another_door_to_the_sockets_that_docker_29_4_3_denies() -> None:
    """The engine's own remark on CVE-2026-31431: the family lies behind a pointer in `socketcall`."""
    filter_ = runtime_defaults.default_filter("docker", 0, "6.12.0", "29.4.3")
    family = (SOCKET_FAMILIES["AF_ALG"], 0, 0, 0, 0, 0)
    denied = {Answer(action="SCMP_ACT_ERRNO", errno=errno.EPERM)}
    assert Gate(filter_, Entry.X86_64, TABLES[Entry.X86_64]).answers(41, family) == denied
    assert Gate(filter_, Entry.I386, TABLES[Entry.I386]).answers(359, family) == denied
    number_of_socket = CARRIED["socket"][1]
    assert Gate(filter_, Entry.I386, TABLES[Entry.I386]).answers(102, (number_of_socket, 0, 0, 0, 0, 0)) == {ALLOW}
    before = runtime_defaults.default_filter("docker", 0, "6.12.0", "29.4.2")
    assert Gate(before, Entry.I386, TABLES[Entry.I386]).answers(102, (number_of_socket, 0, 0, 0, 0, 0)) == {
        Answer(action="SCMP_ACT_ERRNO", errno=errno.ENOSYS)
    }
