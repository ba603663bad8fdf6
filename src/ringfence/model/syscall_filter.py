"""A seccomp filter as the runtimes write it, and what it answers to one system call.

Terms and semantics: OCI runtime specification, config-linux.md "Seccomp"; seccomp(2); libseccomp's seccomp_rule_add(3).
"""

from collections.abc import Mapping
from enum import StrEnum

from ringfence.model.fact import Fact

ALLOWING = frozenset({"SCMP_ACT_ALLOW", "SCMP_ACT_LOG"})
"""Actions that let the call reach the kernel."""


class Comparison(StrEnum):
    """Operators of `SCMP_CMP_*`."""

    NOT_EQUAL = "SCMP_CMP_NE"
    LESS = "SCMP_CMP_LT"
    LESS_OR_EQUAL = "SCMP_CMP_LE"
    EQUAL = "SCMP_CMP_EQ"
    GREATER_OR_EQUAL = "SCMP_CMP_GE"
    GREATER = "SCMP_CMP_GT"
    MASKED_EQUAL = "SCMP_CMP_MASKED_EQ"


class ArgumentCondition(Fact):
    """A test on argument `index` (0 to 5). For `MASKED_EQUAL`, `value` is the mask and `value_two` what must remain."""

    index: int
    op: Comparison
    value: int
    value_two: int = 0

    def holds(self, argument: int) -> bool:
        """Whether an argument (64 bits, unsigned) satisfies the test."""
        match self.op:
            case Comparison.NOT_EQUAL:
                return argument != self.value
            case Comparison.LESS:
                return argument < self.value
            case Comparison.LESS_OR_EQUAL:
                return argument <= self.value
            case Comparison.EQUAL:
                return argument == self.value
            case Comparison.GREATER_OR_EQUAL:
                return argument >= self.value
            case Comparison.GREATER:
                return argument > self.value
            case Comparison.MASKED_EQUAL:
                return argument & self.value == self.value_two


class SyscallRule(Fact):
    """An action for some system calls, if every condition holds."""

    names: tuple[str, ...]
    action: str
    errno: int | None = None
    conditions: tuple[ArgumentCondition, ...] = ()


class SyscallFilter(Fact):
    """A whole profile, already resolved for one container (rules that wait for a capability or kernel are decided).

    `profile` names it for people (`docker-default`, a path, `unconfined`).
    """

    profile: str
    default_action: str
    default_errno: int | None = None
    architectures: tuple[str, ...] = ()
    rules: tuple[SyscallRule, ...] = ()

    @property
    def unconfined(self) -> bool:
        """Whether the filter lets everything through."""
        return self.default_action in ALLOWING and all(rule.action in ALLOWING for rule in self.rules)


UNCONFINED = SyscallFilter(profile="unconfined", default_action="SCMP_ACT_ALLOW")
"""No filter at all."""


class Passage(StrEnum):
    """What a filter answers: the call reaches the kernel, it does not, or that hangs on arguments we were not told."""

    ALLOWED = "allowed"
    DENIED = "denied"
    DEPENDS = "depends"


def passage(filter_: SyscallFilter, syscall: str, arguments: Mapping[int, int] | None = None) -> Passage:
    """Whether `syscall` with the given arguments (by index; those left out may be anything) gets through `filter_`.

    libseccomp joins the rules of a call by OR; a call no rule matches gets the default action. Where rules of different
    actions match the same call the result is taken to depend, unless all agree.
    """
    given = arguments or {}
    answers: set[bool] = set()
    certain = False
    for rule in filter_.rules:
        if syscall not in rule.names:
            continue
        told = [condition.holds(given[condition.index]) for condition in rule.conditions if condition.index in given]
        if not all(told):
            continue
        answers.add(rule.action in ALLOWING)
        certain = certain or len(told) == len(rule.conditions)
    if not certain:
        answers.add(filter_.default_action in ALLOWING)
    if len(answers) > 1:
        return Passage.DEPENDS
    return Passage.ALLOWED if answers.pop() else Passage.DENIED
