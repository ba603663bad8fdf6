"""What a trial tells: a refused call fails it, a fallback or a capability gone without does not."""

import pytest

from ringfence.model.knowledge import Known
from ringfence.model.recording import CallUse, CapabilityUse, Phase, Recording, Refusal
from ringfence.model.syscall_filter import ArgumentCondition, Comparison, SyscallFilter, SyscallRule
from ringfence.record.verifying import Denial, Trial, denials

FAMILY = ArgumentCondition(index=0, op=Comparison.EQUAL, value=2)
FILTER = SyscallFilter(
    profile="p",
    default_action="SCMP_ACT_ERRNO",
    default_errno=38,
    rules=(
        SyscallRule(names=("read", "chown"), action="SCMP_ACT_ALLOW"),
        SyscallRule(names=("socket",), action="SCMP_ACT_ALLOW", conditions=(FAMILY,)),
    ),
)


def refused(*names: str, calls: tuple[CallUse, ...] = ()) -> Recording:
    return Recording(calls=calls, refusals=Known(tuple(Refusal(name=name, phase=Phase.SERVING) for name in names)))


def test_a_call_the_filter_does_not_allow_was_refused_by_it() -> None:
    (told,) = denials(refused("mount"), FILTER)
    assert (told.add, told.harmless) == ("allow mount", False)


def test_a_call_the_filter_allows_was_refused_by_the_kernel() -> None:
    assert denials(refused("chown"), FILTER) == ()


def test_a_call_with_a_fallback_is_harmless() -> None:
    (told,) = denials(refused("clone3"), FILTER)
    assert told.harmless


def test_arguments_that_never_passed_are_told() -> None:
    (told,) = denials(refused("socket"), FILTER)
    assert "arguments" in told.add
    passed = CallUse(name="socket", phase=Phase.SERVING)
    assert denials(refused("socket", calls=(passed,)), FILTER) == ()


def test_a_capability_is_told_unless_it_was_gone_without_before() -> None:
    seen = Recording(capabilities=Known((CapabilityUse(name="CAP_CHOWN", phase=Phase.SERVING, had=False),)))
    (told,) = denials(seen, FILTER)
    assert told.add == "add CAP_CHOWN"
    assert denials(seen, FILTER, frozenset({"CAP_CHOWN"})) == ()


HARD = Denial(what="x", phase=Phase.SERVING, add="y")
SOFT = Denial(what="x", phase=Phase.SERVING, add="y", harmless=True)


@pytest.mark.parametrize(
    ("trial", "passed"),
    [
        (Trial(started=True, test_status=0, container_status=None, denials=(SOFT,)), True),
        (Trial(started=True, test_status=None, container_status=0, denials=()), True),
        (Trial(started=True, test_status=1, container_status=0, denials=()), False),
        (Trial(started=True, test_status=None, container_status=1, denials=()), False),
        (Trial(started=True, test_status=0, container_status=0, denials=(HARD,)), False),
        (Trial(started=False, test_status=None, container_status=0, denials=()), False),
    ],
)
def test_a_trial_passes_only_if_nothing_that_matters_failed(trial: Trial, passed: bool) -> None:
    assert trial.passed is passed
