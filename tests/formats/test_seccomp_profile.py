"""Both forms of a profile, what decides a rule, and any bytes at all."""

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import seccomp_profile
from ringfence.formats.seccomp_profile import parse, resolve
from ringfence.model.linux import CLONE_FLAGS, mask_of
from ringfence.model.syscall_filter import Passage, passage

ADMIN = mask_of(["SYS_ADMIN"])
NAMESPACES = 0x7E020000


def profile(*rules: dict[str, object], **more: object) -> bytes:
    return json.dumps({"defaultAction": "SCMP_ACT_ERRNO", "syscalls": rules, **more}).encode()


def allow(name: str, **more: object) -> dict[str, object]:
    return {"names": [name], "action": "SCMP_ACT_ALLOW", **more}


def test_rules_wait_for_capabilities_of_which_includes_wants_all_and_excludes_one() -> None:
    read = parse(
        profile(
            allow("mount", includes={"caps": ["CAP_SYS_ADMIN", "CAP_CHOWN"]}),
            allow("keyctl", excludes={"caps": ["CAP_SYS_ADMIN", "CAP_CHOWN"]}),
        )
    )
    both, one = resolve(read, "p", mask_of(["SYS_ADMIN", "CHOWN"])), resolve(read, "p", ADMIN)
    assert passage(both, "mount") is Passage.ALLOWED
    assert passage(one, "mount") is Passage.DENIED
    assert passage(one, "keyctl") is Passage.DENIED
    assert passage(resolve(read, "p", 0), "keyctl") is Passage.ALLOWED


@pytest.mark.parametrize(("kernel", "expected"), [("4.7.9", "denied"), ("4.8", "allowed"), ("6.1.0-21-amd64", "allowed")])
def test_rules_wait_for_a_kernel(kernel: str, expected: str) -> None:
    read = parse(profile(allow("ptrace", includes={"minKernel": "4.8"})))
    assert passage(resolve(read, "p", 0, kernel), "ptrace").value == expected
    assert passage(resolve(read, "p", 0), "ptrace") is Passage.ALLOWED


def test_rules_and_architectures_are_those_of_the_machine() -> None:
    read = parse(
        profile(
            allow("arch_prctl", includes={"arches": ["amd64"]}),
            archMap=[{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]}],
        )
    )
    here, there = resolve(read, "p", 0), resolve(read, "p", 0, architecture="arm64")
    assert here.architectures == ("SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32")
    assert passage(here, "arch_prctl") is Passage.ALLOWED
    assert passage(there, "arch_prctl") is Passage.DENIED
    assert there.architectures == ()


def test_a_masked_condition_has_the_mask_first_and_what_must_remain_second() -> None:
    read = parse(profile(allow("clone", args=[{"index": 0, "value": NAMESPACES, "op": "SCMP_CMP_MASKED_EQ"}])))
    filter_ = resolve(read, "p", 0)
    assert passage(filter_, "clone", {0: CLONE_FLAGS["CLONE_NEWUSER"]}) is Passage.DENIED
    assert passage(filter_, "clone", {0: 17}) is Passage.ALLOWED
    assert passage(filter_, "clone") is Passage.DEPENDS


def test_two_conditions_on_one_argument_are_alternatives() -> None:
    conditions = [{"index": 0, "value": value, "op": "SCMP_CMP_EQ"} for value in (1, 2)]
    filter_ = resolve(parse(profile(allow("socket", args=conditions))), "p", 0)
    assert [passage(filter_, "socket", {0: family}).value for family in (1, 2, 3)] == ["allowed", "allowed", "denied"]


def test_the_first_rule_without_conditions_stays() -> None:
    read = parse(profile(allow("setns"), {"names": ["setns", "acct"], "action": "SCMP_ACT_ERRNO"}))
    assert passage(resolve(read, "p", 0), "setns") is Passage.ALLOWED
    assert passage(resolve(read, "p", 0), "acct") is Passage.DENIED


def test_the_old_form_with_one_name_is_read() -> None:
    filter_ = resolve(
        parse(b'{"defaultAction":"SCMP_ACT_KILL","syscalls":[{"name":"read","action":"SCMP_ACT_ALLOW"}]}'), "p", 0
    )
    assert passage(filter_, "read") is Passage.ALLOWED


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'{"defaultAction":"ALLOW"}',
        profile(allow("a", includes={"caps": ["CAP_NONSENSE"]})),
        profile(allow("a", includes={"minKernel": "new"})),
        profile({"names": [], "action": "SCMP_ACT_ALLOW"}),
        profile(allow("a", args=[{"index": 0, "value": 1, "op": "LIKE"}])),
        profile(allow("a", args=[{"index": 6, "value": 1, "op": "SCMP_CMP_EQ"}])),
        profile(allow("a", args=[{"index": 0, "value": 1 << 64, "op": "SCMP_CMP_EQ"}])),
        profile(allow("a", args=[{"index": 0, "value": -1, "op": "SCMP_CMP_EQ"}])),
        b'{"defaultAction":"SCMP_ACT_ALLOW","x":' + b"[" * 100_000,
        b'{"defaultAction":"\xff"}',
    ],
)
def test_what_is_no_profile_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse(data)


def test_a_profile_beyond_reason_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seccomp_profile, "MAX_RULES", 1)
    with pytest.raises(LimitExceeded):
        parse(profile(allow("a"), allow("b")))
    monkeypatch.setattr(seccomp_profile, "MAX_RULES", 9)
    monkeypatch.setattr(seccomp_profile, "MAX_NAMES", 1)
    with pytest.raises(LimitExceeded):
        parse(profile(allow("a"), allow("b")))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
likely = st.fixed_dictionaries(
    {"defaultAction": st.sampled_from(["SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO"])},
    optional={
        "syscalls": st.lists(st.dictionaries(st.sampled_from(["names", "action", "args"]), json_values)),
        "archMap": json_values,
    },
)


@settings(max_examples=80)
@given(st.binary(max_size=200) | likely.map(lambda value: json.dumps(value).encode()), st.text(max_size=12))
def test_any_bytes_give_a_profile_or_an_error_of_ours(data: bytes, kernel: str) -> None:
    try:
        read = parse(data)
    except (Malformed, LimitExceeded):
        return
    msgspec.json.encode(resolve(read, "p", 1 << 21, kernel))
