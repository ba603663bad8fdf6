"""A seccomp filter as the runtimes write it, and what it answers to one system call.

Terms and semantics: OCI runtime specification, config-linux.md "Seccomp"; seccomp(2); libseccomp's seccomp_rule_add(3).
"""

from collections.abc import Mapping
from enum import StrEnum

from ringfence.model.fact import Fact

EPERM = 1
"""The error number of `SCMP_ACT_ERRNO` where a profile gives none (include/uapi/asm-generic/errno-base.h)."""
KILL_THREAD = "SCMP_ACT_KILL_THREAD"
"""What `SCMP_ACT_KILL` means (seccomp.h of libseccomp)."""
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


class Answer(Fact):
    """An action, and for `SCMP_ACT_ERRNO` the error number."""

    action: str
    errno: int = 0

    @property
    def passes(self) -> bool:
        """Whether the call reaches the kernel."""
        return self.action in ALLOWING


def _answer(action: str, errno: int | None) -> Answer:
    if action == "SCMP_ACT_ERRNO":
        return Answer(action=action, errno=EPERM if errno is None else errno)
    return Answer(action=KILL_THREAD if action == "SCMP_ACT_KILL" else action)


class SyscallRule(Fact):
    """An action for some system calls, if every condition holds."""

    names: tuple[str, ...]
    action: str
    errno: int | None = None
    conditions: tuple[ArgumentCondition, ...] = ()

    @property
    def answer(self) -> Answer:
        """What the rule answers to a call it fits."""
        return _answer(self.action, self.errno)


class SyscallFilter(Fact):
    """A whole profile, already resolved for one container (rules that wait for a capability or kernel are decided).

    `profile` names it for people (`docker-default`, a path, `unconfined`). `architectures` are those besides the machine's
    own, by libseccomp's names. `rules` are as written: `in_force` says which of them count.
    """

    profile: str
    default_action: str
    default_errno: int | None = None
    architectures: tuple[str, ...] = ()
    rules: tuple[SyscallRule, ...] = ()
    further: int = 0
    """Filters on top of this one that are in force and that nobody can read: of seccomp's answers the strictest counts, so
    what this one denies is denied, and what it lets through may be denied by another."""

    @property
    def default(self) -> Answer:
        """What a call gets that no rule fits."""
        return _answer(self.default_action, self.default_errno)

    def in_force(self, syscall: str) -> tuple[SyscallRule, ...]:
        """The rules that count for a call, as libseccomp is given them and takes them.

        runc and crun leave out a rule that answers what the default does. Of the others the first without conditions
        settles the call, whatever stands before or behind it: so `setns` reaches the kernel under Podman's profile, which
        allows it and denies it further down (measured).
        """
        found = tuple(rule for rule in self.rules if syscall in rule.names and rule.answer != self.default)
        return next(((rule,) for rule in found if not rule.conditions), found)

    @property
    def absent(self) -> bool:
        """Whether there is no filter at all. One that allows everything still kills on an architecture not among its own."""
        return self == UNCONFINED

    @property
    def unconfined(self) -> bool:
        """Whether the filter lets everything through, and no other is known to be there."""
        return not self.further and self.default_action in ALLOWING and all(rule.action in ALLOWING for rule in self.rules)


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
    actions match the same call the result is taken to depend, unless all agree. What gets through may still be denied by a
    further filter.
    """
    given = arguments or {}
    answers: set[bool] = set()
    certain = False
    for rule in filter_.in_force(syscall):
        told = [condition.holds(given[condition.index]) for condition in rule.conditions if condition.index in given]
        if not all(told):
            continue
        answers.add(rule.answer.passes)
        certain = certain or len(told) == len(rule.conditions)
    if not certain:
        answers.add(filter_.default.passes)
    if len(answers) > 1 or (filter_.further and True in answers):
        return Passage.DEPENDS
    return Passage.ALLOWED if answers.pop() else Passage.DENIED
