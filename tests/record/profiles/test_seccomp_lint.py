"""Each mistake of a profile is named, and a profile without it is not."""

import json
from typing import Any

import pytest

from ringfence.formats import seccomp_profile
from ringfence.knowledge.system_calls import known_names
from ringfence.record.profiles.seccomp_lint import lint

NEEDED = ["execve", "exit", "exit_group", "rt_sigreturn", "read", "write"]
MASK = {"index": 0, "value": 0x7E020000, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}


def allow(*names: str, **more: object) -> dict[str, Any]:
    return {"names": list(names), "action": "SCMP_ACT_ALLOW", **more}


def faults(*rules: dict[str, Any], base: bool = True, **more: object) -> dict[str, str]:
    """What was said, by rule."""
    document = {
        "defaultAction": "SCMP_ACT_ERRNO",
        "defaultErrnoRet": 38,
        "architectures": ["SCMP_ARCH_X86_64"],
        "syscalls": [*([allow(*NEEDED)] if base else []), *rules],
        **more,
    }
    profile = seccomp_profile.parse(json.dumps(document).encode())
    found = lint(profile, seccomp_profile.resolve(profile, "p", 0), known_names())
    return {rule: "; ".join(fault.said for fault in found if fault.rule == rule) for rule in {fault.rule for fault in found}}


def test_a_plain_profile_has_no_fault() -> None:
    assert faults(allow("clone", args=[MASK])) == {}


CASES: list[tuple[str, str, list[dict[str, Any]], dict[str, Any]]] = [
    ("unknown-name", "opennat", [allow("opennat")], {}),
    (
        "shadowed-rule",
        "never counts",
        [allow("setns"), {"names": ["setns"], "action": "SCMP_ACT_ERRNO"}],
        {},
    ),
    (
        "not-equal-joined-by-or",
        "16, 38",
        [allow("socket", args=[{"index": 0, "value": value, "op": "SCMP_CMP_NE"}]) for value in (16, 38)],
        {},
    ),
    (
        "socketcall-open",
        "AF_ALG",
        [allow("socketcall"), allow("socket", args=[{"index": 0, "value": 2, "op": "SCMP_CMP_EQ"}])],
        {"architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"]},
    ),
    ("missing-32-bit-entry", "mmap2", [allow("mmap")], {"architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"]}),
    ("no-architectures", "left to the runtime", [], {"architectures": []}),
    ("refused-without-enosys", "clone3", [], {"defaultErrnoRet": 1}),
    ("namespace-mask-open", "unshare", [allow("clone", args=[MASK]), allow("unshare")], {}),
    ("clone-without-mask", "user namespaces", [allow("clone")], {}),
    ("allows-by-default", "confines nothing", [], {"defaultAction": "SCMP_ACT_ALLOW"}),
    ("log-action-left", "openat", [{"names": ["openat"], "action": "SCMP_ACT_LOG"}], {}),
]


@pytest.mark.parametrize(("rule", "said", "rules", "more"), CASES, ids=[case[0] for case in CASES])
def test_a_mistake_is_named(rule: str, said: str, rules: list[dict[str, Any]], more: dict[str, Any]) -> None:
    found = faults(*rules, **more)
    assert said in found[rule]


def test_a_profile_that_starts_nothing_is_named() -> None:
    assert "execve" in faults(allow("read"), base=False)["missing-call"]


def test_two_tests_of_different_arguments_are_no_mistake() -> None:
    rules = [allow("socket", args=[{"index": index, "value": 16, "op": "SCMP_CMP_NE"}]) for index in (0, 1)]
    assert "not-equal-joined-by-or" not in faults(*rules)
