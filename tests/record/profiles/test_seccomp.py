"""Filters made of recordings: they let pass what was recorded, nothing unasked, and say the same when written and read."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from record.recordings import recordings
from ringfence.engine import profiles
from ringfence.formats import seccomp_document, seccomp_profile
from ringfence.knowledge.runtime_needs import runtime_needs
from ringfence.knowledge.system_calls import known_names, system_calls
from ringfence.model.knowledge import Known
from ringfence.model.recording import ArgumentUse, CallUse, Entry, Phase, Recording
from ringfence.model.syscall_filter import Passage, SyscallFilter, passage
from ringfence.record.profiles import seccomp, seccomp_check, seccomp_compare, seccomp_lint
from ringfence.record.profiles.seccomp import CLONE_MASK, Arguments, Wanted

RUNC = runtime_needs("runc").calls
WANTED = Wanted(name="w", runtime_calls=RUNC)
NAMES = sorted(system_calls("x86_64").numbers)
NEWUSER = 0x10000000
HOW = st.sampled_from(Arguments)


def seen(*names: str, arguments: tuple[ArgumentUse, ...] = ()) -> Recording:
    calls = tuple(CallUse(name=name, phase=Phase.START_UP) for name in names)
    return Recording(calls=calls, arguments=Known(arguments))


def argument(name: str, *values: int) -> ArgumentUse:
    return ArgumentUse(name=name, phase=Phase.START_UP, values=tuple(enumerate(values)))


@given(recordings(), HOW)
def test_what_was_recorded_passes(recording: Recording, how: Arguments) -> None:
    made = seccomp.generate(recording, Wanted(name="w", runtime_calls=RUNC, arguments=how))
    assert [item for item in seccomp_check.denied(recording, made) if not item.harmless] == []


@given(recordings(), HOW)
def test_what_neither_was_recorded_nor_is_needed_is_refused(recording: Recording, how: Arguments) -> None:
    made = seccomp.generate(recording, Wanted(name="w", runtime_calls=RUNC, arguments=how))
    wanted = {use.name for use in recording.calls} | set(RUNC) | seccomp.MUST_HAVE | seccomp.BY_CHANCE
    for name in NAMES:
        if name not in wanted:
            assert passage(made, name) is Passage.DENIED, name
    assert passage(made, "clone", {0: NEWUSER}) is not Passage.ALLOWED


@given(recordings(), HOW)
def test_a_filter_survives_being_written(recording: Recording, how: Arguments) -> None:
    made = seccomp.generate(recording, Wanted(name="w", runtime_calls=RUNC, arguments=how))
    read = seccomp_profile.resolve(seccomp_profile.parse(seccomp_document.oci(made)), "w", 0)
    assert read == made


@given(recordings(), HOW)
def test_what_is_made_has_no_fault(recording: Recording, how: Arguments) -> None:
    made = seccomp.generate(recording, Wanted(name="w", runtime_calls=RUNC, arguments=how))
    profile = seccomp_profile.parse(seccomp_document.oci(made))
    faults = seccomp_lint.lint(profile, made, known_names())
    assert [fault for fault in faults if fault.severity == "error"] == []


@given(recordings(), recordings(), st.sampled_from(NAMES), st.integers(0, 1 << 32))
def test_a_merged_filter_allows_what_either_allows_and_no_more(
    one: Recording, other: Recording, name: str, value: int
) -> None:
    first, second = seccomp.generate(one, WANTED), seccomp.generate(other, WANTED)
    joined = seccomp_compare.merge([first, second], "both")
    answers = {passage(item, name, {0: value, 1: value, 2: value}) for item in (first, second)}
    wanted = Passage.ALLOWED if Passage.ALLOWED in answers else Passage.DENIED
    assert passage(joined, name, {0: value, 1: value, 2: value}) is wanted
    assert seccomp_compare.merge([second, first], "both") == joined


@given(recordings())
def test_a_filter_does_not_differ_from_itself(recording: Recording) -> None:
    made = seccomp.generate(recording, WANTED)
    assert seccomp_compare.diff(made, made, NAMES) == ()


def test_a_socket_is_told_by_its_family() -> None:
    made = seccomp.generate(seen("socket", arguments=(argument("socket", 2, 0o2000001, 6),)), WANTED)
    assert passage(made, "socket", {0: 2, 1: 2, 2: 0}) is Passage.ALLOWED
    assert passage(made, "socket", {0: 2 | 5 << 32, 1: 2, 2: 0}) is Passage.ALLOWED, "the kernel reads 32 bits"
    assert passage(made, "socket", {0: 38, 1: 5, 2: 0}) is Passage.DENIED
    strict = Wanted(name="w", runtime_calls=RUNC, arguments=Arguments.STRICT)
    stricter = seccomp.generate(seen("socket", arguments=(argument("socket", 2, 0o2000001, 6),)), strict)
    assert passage(stricter, "socket", {0: 2, 1: 1, 2: 6}) is Passage.ALLOWED
    assert passage(stricter, "socket", {0: 2, 1: 3, 2: 6}) is Passage.DENIED


def test_namespaces_that_were_made_may_be_made_and_no_others() -> None:
    made = seccomp.generate(seen("clone", arguments=(argument("clone", NEWUSER | 17),)), WANTED)
    assert passage(made, "clone", {0: NEWUSER | 17}) is Passage.ALLOWED
    assert passage(made, "clone", {0: CLONE_MASK}) is Passage.DENIED


def test_clone3_is_left_to_its_fallback() -> None:
    recording = seen("clone3", "read")
    made = seccomp.generate(recording, WANTED)
    assert passage(made, "clone3") is Passage.DENIED
    assert made.default_errno == 38
    (told,) = seccomp_check.denied(recording, made)
    assert told.harmless


def test_32_bit_calls_bring_their_architecture() -> None:
    recording = Recording(calls=(CallUse(name="socketcall", phase=Phase.SERVING, entry=Entry.I386),))
    made = seccomp.generate(recording, WANTED)
    assert "SCMP_ARCH_X86" in made.architectures
    without = SyscallFilter(
        profile="w", default_action="SCMP_ACT_ERRNO", rules=made.rules, architectures=("SCMP_ARCH_X86_64",)
    )
    assert "SCMP_ARCH_X86" in seccomp_check.denied(recording, without)[0].because


def test_an_argument_that_would_be_refused_is_told() -> None:
    made = seccomp.generate(seen("socket", arguments=(argument("socket", 2, 1, 0),)), WANTED)
    later = seen("socket", arguments=(argument("socket", 2, 1, 0), argument("socket", 16, 3, 0)))
    (told,) = seccomp_check.denied(later, made)
    assert "0x10" in told.because


def test_the_operators_resource_has_the_same_rules() -> None:
    made = seccomp.generate(seen("read"), WANTED)
    resource = json.loads(seccomp_document.operator(made, "mine"))
    assert resource["kind"] == "SeccompProfile"
    assert resource["metadata"] == {"name": "mine"}
    assert resource["spec"]["syscalls"] == json.loads(seccomp_document.oci(made))["syscalls"]


@pytest.mark.parametrize("runtime", ["runc", "crun"])
def test_what_runtimes_need_exists_and_is_enough_to_start(runtime: str) -> None:
    needed = runtime_needs(runtime)
    assert needed.sources
    assert set(needed.calls) <= known_names()
    assert {"execve", "prctl", "capset", "setgroups", "openat"} <= set(needed.calls)
    assert not {"mount", "unshare", "setns", "keyctl", "bpf", "ptrace"} & set(needed.calls)


def test_a_newer_runtime_needs_more() -> None:
    assert "openat2" not in runtime_needs("runc", "1.1.5").calls
    assert "openat2" in runtime_needs("runc", "1.3.3").calls
    assert runtime_needs("runc", "0.9").since == "1.0"
    assert set(runtime_needs("runc", "1.1.5").calls) < set(runtime_needs("runc").calls)


def test_a_small_profile_is_better_than_the_default_in_numbers() -> None:
    made = profiles.seccomp_of(seen("read", "write"), "small", ("runc", ""), "safe")
    told = profiles.compared(made, "podman", 0)
    assert told.allowed < 60 < told.allowed_by_default
    assert set(told.closed_by_default) <= set(told.closed)
    assert "CVE-2022-0185" in told.closed
    assert "CVE-2022-0185" not in told.closed_by_default
    assert "CVE-2022-0185" in next(
        item.opens
        for item in profiles.explained(
            seen("fsopen"), profiles.seccomp_of(seen("fsopen"), "x", ("runc", ""), "safe"), ("runc", "")
        )
        if item.name == "fsopen"
    )
