"""What verdicts rest on, and what would settle those that cannot be given: a verdict holds while its reasons do."""

from collections.abc import Iterable
from hashlib import sha256

import msgspec

from ringfence.graph.verdicts import WORST_FIRST
from ringfence.model.confinement import Confinement
from ringfence.model.finding import VerdictStatus
from ringfence.model.knowledge import Known
from ringfence.model.report import ConditionResult, MissingFact, Rest, WayResult, WorkloadVerdict
from ringfence.model.syscall_filter import SyscallFilter
from ringfence.model.workload import Workload

MOST = 12
"""Entries kept of each list, those of most workloads first."""
PARTS, CONTROLS = "; ", ", "
"""How `graph.answers` joins facts that are missing, and controls that each stop one of several ways to a condition."""
SECCOMP = "seccomp filter"
"""How a control begins that is a system call filter."""
SHOWN_DIGITS = 16
"""Digits of a digest that are shown: enough to tell profiles apart."""

Judged = tuple[WorkloadVerdict, Workload]
Group = tuple[tuple[WayResult, ...], Confinement, int]
"""The ways of workloads that were judged as one, the confinement of the first, and how many they are."""


def rests(groups: Iterable[Group]) -> tuple[Rest, ...]:
    """The controls and versions that verdicts rest on, for how many workloads, and what those would be without it.

    A control that is the only one in some way decides there; without one of several the verdict stays as it is.
    """
    found: dict[tuple[str, str, VerdictStatus], list[int]] = {}
    worst_without: dict[tuple[str, str, VerdictStatus], int] = {}
    for ways, confinement, many in groups:
        status = ways[0].status.status if ways else VerdictStatus.ABSENT
        if status not in (VerdictStatus.MITIGATED, VerdictStatus.ABSENT):
            continue
        for control in _controls(ways):
            key = (control, _digest(control, confinement), status)
            found.setdefault(key, [0])[0] += many
            worst_without[key] = min(worst_without.get(key, len(WORST_FIRST)), _without(ways, control))
    made = (
        Rest(control=key[0], digest=key[1], verdict=key[2], workloads=count[0], without=WORST_FIRST[worst_without[key]])
        for key, count in found.items()
    )
    return tuple(
        sorted(made, key=lambda item: (-item.workloads, item.control, item.digest, WORST_FIRST.index(item.verdict)))[:MOST]
    )


def missing(groups: Iterable[Group]) -> tuple[MissingFact, ...]:
    """The facts that undecided workloads lack, those that would settle most of them first."""
    lack: dict[str, int] = {}
    alone: dict[str, int] = {}
    for ways, _, many in groups:
        if not ways or ways[0].status.status is not VerdictStatus.UNDECIDED:
            continue
        open_ways = (way for way in ways if way.status.status is VerdictStatus.UNDECIDED)
        conditions = (item for way in open_ways for item in way.conditions if item.met is None)
        facts = {fact for item in conditions for fact in item.because.split(PARTS)}
        for fact in facts:
            lack[fact] = lack.get(fact, 0) + many
            if len(facts) == 1:
                alone[fact] = alone.get(fact, 0) + many
    told = (MissingFact(fact=fact, workloads=many, alone=alone.get(fact, 0)) for fact, many in lack.items())
    return tuple(sorted(told, key=lambda item: (-item.alone, -item.workloads, item.fact))[:MOST])


def profile_digest(filter_: SyscallFilter) -> str:
    """A digest of what a filter does, whatever it is called: of its JSON without the name, keys in order."""
    plain = msgspec.structs.replace(filter_, profile="")
    return f"sha256:{sha256(msgspec.json.encode(plain, order='deterministic')).hexdigest()[:SHOWN_DIGITS]}"


def alike(judged: Iterable[Judged]) -> tuple[Group, ...]:
    """Workloads that were judged as one, once, with how many they are."""
    first: dict[tuple[int, str], tuple[tuple[WayResult, ...], Confinement]] = {}
    many: dict[tuple[int, str], int] = {}
    for verdict, workload in judged:
        confinement = workload.confinement
        name = confinement.syscalls.value.profile if isinstance(confinement.syscalls, Known) else ""
        key = (id(verdict.ways), name)
        first.setdefault(key, (verdict.ways, confinement))
        many[key] = many.get(key, 0) + 1
    return tuple((*first[key], count) for key, count in many.items())


def _controls(ways: tuple[WayResult, ...]) -> tuple[str, ...]:
    stopped = (item for way in ways for item in way.conditions if item.met is False and item.control)
    return tuple(dict.fromkeys(control for item in stopped for control in item.control.split(CONTROLS)))


def _without(ways: tuple[WayResult, ...], control: str) -> int:
    """The rank of the verdict, in `WORST_FIRST`, if this control were gone and all else stayed."""
    ranks = [len(WORST_FIRST) - 1]
    for way in ways:
        rest = [item for item in way.conditions if item.met is not False or control not in item.control.split(CONTROLS)]
        ranks.append(WORST_FIRST.index(_status(rest, way)))
    return min(ranks)


def _status(conditions: list[ConditionResult], way: WayResult) -> VerdictStatus:
    if any(item.met is False for item in conditions):
        return way.status.status
    if any(item.met is None for item in conditions):
        return VerdictStatus.UNDECIDED
    return VerdictStatus.REACHABLE


def _digest(control: str, confinement: Confinement) -> str:
    if control.startswith(SECCOMP) and isinstance(confinement.syscalls, Known):
        return profile_digest(confinement.syscalls.value)
    return ""
