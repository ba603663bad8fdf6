"""Filters side by side and joined: which calls one allows and the other does not; one that allows what either allows."""

from collections.abc import Iterable

from ringfence.errors import WrongUsage
from ringfence.model.fact import Fact
from ringfence.model.syscall_filter import ALLOWING, ArgumentCondition, Passage, SyscallFilter, SyscallRule, passage


class Difference(Fact):
    """How two filters answer one call, where they differ."""

    name: str
    before: Passage
    after: Passage
    conditions: bool = False
    """Both let some arguments pass, but not the same tests are made."""


def diff(before: SyscallFilter, after: SyscallFilter, names: Iterable[str]) -> tuple[Difference, ...]:
    """Every call that the two answer differently, by name."""
    found = []
    for name in sorted(names):
        one, other = passage(before, name), passage(after, name)
        tests = one is other is Passage.DEPENDS and _tests(before, name) != _tests(after, name)
        if one is not other or tests:
            found.append(Difference(name=name, before=one, after=other, conditions=tests))
    return tuple(found)


def merge(filters: Iterable[SyscallFilter], name: str) -> SyscallFilter:
    """A filter that allows what any of them allows, and answers the rest as the first does.

    Raises `WrongUsage` if one of them allows by default: then nothing would be left of the others.
    """
    given = tuple(filters)
    for item in given:
        if item.default_action in ALLOWING:
            raise WrongUsage("allows whatever it does not name", where=item.profile, mend="merge allow lists only")
    tests: dict[str, set[tuple[ArgumentCondition, ...]]] = {}
    for item in given:
        for rule in item.rules:
            for call in rule.names if rule.action in ALLOWING else ():
                tests.setdefault(call, set()).add(rule.conditions)
    plain = tuple(sorted(call for call, found in tests.items() if () in found))
    conditional = [
        SyscallRule(names=(call,), action="SCMP_ACT_ALLOW", conditions=conditions)
        for call, found in sorted(tests.items())
        if () not in found
        for conditions in sorted(found, key=_order)
    ]
    return SyscallFilter(
        profile=name,
        default_action=given[0].default_action,
        default_errno=given[0].default_errno,
        architectures=tuple(dict.fromkeys(item for one in given for item in one.architectures)),
        rules=(SyscallRule(names=plain, action="SCMP_ACT_ALLOW"), *conditional) if plain else tuple(conditional),
    )


def _tests(filter_: SyscallFilter, name: str) -> frozenset[tuple[str, tuple[ArgumentCondition, ...]]]:
    return frozenset((rule.action, rule.conditions) for rule in filter_.rules if name in rule.names)


def _order(conditions: tuple[ArgumentCondition, ...]) -> list[tuple[int, str, int, int]]:
    return [(item.index, item.op.value, item.value, item.value_two) for item in conditions]
