"""The answer for people and programs: the paths worth showing, the plan that cuts them, what other orders would achieve."""

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from math import log
from typing import NamedTuple

import msgspec

from ringfence.graph.attack.cuts import Effort, cut, left_after_each, still_open
from ringfence.graph.attack.network import Network, best, best_on, way_from, way_to
from ringfence.graph.attack.steps import AttackGraph, Step
from ringfence.graph.changes import said
from ringfence.model.attack import AttackAnswer, AttackPath, OtherOrder, PathStep, PlannedChange
from ringfence.model.change import Change

LEAST_LIKELY = 1e-9
SHOWN = 40
"""Paths kept, one for each kind of way."""
COMPARED = 50
"""Paths of one kind that are compared to find the one that is shown."""


class By(StrEnum):
    """What makes one path come before another."""

    SHORTEST = "shortest"
    LIKELIEST = "likeliest"
    CHEAPEST = "cheapest"


class Patch(NamedTuple):
    """An update that somebody who only looks at scores would make, and the scores: CVSS 0 to 10, EPSS 0 to 1."""

    change: Change
    cvss: float
    epss: float


def paths(graph: AttackGraph, net: Network, by: By = By.SHORTEST, most: int = SHOWN) -> tuple[AttackPath, ...]:
    """The best path to each goal and from each start, those by the same kinds of steps folded together; the best first."""
    kinds: dict[tuple[str, ...], list[tuple[int, ...]]] = {}
    for way in _ways(net, _WEIGHTS[by]):
        kinds.setdefault(tuple(net.steps[index].technique.slug for index in way), []).append(way)
    shown = [_best_of(graph, net, ways, by) for ways in kinds.values()]
    return tuple(sorted(shown, key=_ORDERS[by])[:most])


def _ways(net: Network, weight: Callable[[Step], float]) -> Iterator[tuple[int, ...]]:
    seen: set[tuple[int, ...]] = set()
    last, first = best(net, weight), best_on(net, weight)
    to_goals = (way_to(net, last, goal) for goal in net.goals)
    from_starts = (way_from(net, first, index) for index in (net.out[net.start] if net.start >= 0 else ()))
    for way in (*to_goals, *from_starts):
        if way and way not in seen:
            seen.add(way)
            yield way


def _best_of(graph: AttackGraph, net: Network, ways: list[tuple[int, ...]], by: By) -> AttackPath:
    """One path of a kind, with how many more there are. Of very many the first few are compared."""
    some = [_path(graph, [net.steps[index] for index in way]) for way in ways[:COMPARED]]
    return msgspec.structs.replace(min(some, key=_ORDERS[by]), alike=len(ways) - 1)


def _likelihood(step: Step) -> float:
    return -log(max(step.likelihood, LEAST_LIKELY)) + 1e-6


_WEIGHTS = {
    By.SHORTEST: lambda step: (
        1.0 + min(_likelihood(step), 20.0) / 1000 if step.technique.effort else _likelihood(step) / 1000
    ),
    By.LIKELIEST: _likelihood,
    By.CHEAPEST: lambda step: step.technique.effort + 1e-6,
}
"""Joints and memberships are no steps of an attacker: they cost nothing. Among equally short ways the likelier is shown."""
_ORDERS = {
    By.SHORTEST: lambda path: (len(path.steps), -path.likelihood, path.start, path.goal),
    By.LIKELIEST: lambda path: (-path.likelihood, len(path.steps), path.start, path.goal),
    By.CHEAPEST: lambda path: (path.effort, -path.likelihood, path.start, path.goal),
}


def _path(graph: AttackGraph, way: list[Step]) -> AttackPath:
    likelihood = 1.0
    for step in way:
        likelihood *= step.likelihood
    return AttackPath(
        start=graph.label(way[0].target),
        goal=graph.label(way[-1].target),
        steps=tuple(_shown(graph, step) for step in way),
        likelihood=round(likelihood, 6),
        effort=round(sum(step.technique.effort for step in way), 2),
        certain=not any(step.missing for step in way),
    )


def _shown(graph: AttackGraph, step: Step) -> PathStep:
    return PathStep(
        source=graph.label(step.source),
        target=graph.label(step.target),
        technique=step.technique.slug,
        title=step.technique.title,
        attack=step.technique.attack,
        because=step.because,
        missing=step.missing,
        cuts=tuple(said(change) for change in step.changes),
    )


def answer(graph: AttackGraph, net: Network, asked: int, effort: Effort, patches: Iterable[Patch] = ()) -> AttackAnswer:
    """How much is open, the plan that cuts it, and what patching by score achieves for the same effort.

    `asked` is the number of goals that were asked about, reached or not.
    """
    starts = {step.target for step in graph.out.get("start", ())}
    before = still_open(net)
    made = cut(net, effort)
    return AttackAnswer(
        starts=len(starts),
        goals=asked,
        starts_open=before.starts,
        goals_open=before.goals,
        certain=_certain(net),
        plan=tuple(_plan(net, made.changes, effort)),
        effort=made.effort,
        bound=made.bound,
        exact=made.exact,
        uncut=len(made.uncut),
        compared=tuple(_compared(net, list(patches), made.effort, effort)),
        vertices=len(net.vertices),
        steps=len(net.steps),
    )


def _certain(net: Network) -> int:
    """The goals that are reached by steps of which every fact is known."""
    doubtful = bytearray(bool(step.missing) for step in net.steps)
    last = best(net, lambda _: 1.0, doubtful)
    return sum(last[goal] >= 0 for goal in net.goals)


def _plan(net: Network, changes: tuple[int, ...], effort: Effort) -> Iterator[PlannedChange]:
    for number, left in zip(changes, left_after_each(net, changes), strict=True):
        change = net.changes[number]
        yield PlannedChange(
            change=said(change),
            kind=change.kind.value,
            target=change.target,
            detail=change.detail,
            effort=effort(change),
            starts_open=left.starts,
            goals_open=left.goals,
        )


def _compared(net: Network, patches: list[Patch], budget: float, effort: Effort) -> Iterator[OtherOrder]:
    """What is open after patching from the top of a list by score until the plan's effort is used up."""
    numbers = {change: number for number, change in enumerate(net.changes)}
    for by in ("cvss", "epss") if patches else ():
        spent, count = 0.0, 0
        chosen: set[int] = set()
        for patch in sorted(patches, key=lambda item: (-getattr(item, by), item.change.target, item.change.detail)):
            cost = effort(patch.change)
            if spent + cost > budget:
                break
            spent, count = spent + cost, count + 1
            if patch.change in numbers:
                chosen.add(numbers[patch.change])
        left = still_open(net, frozenset(chosen))
        yield OtherOrder(by=by, changes=count, effort=spent, starts_open=left.starts, goals_open=left.goals)
