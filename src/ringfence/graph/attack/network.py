"""The attack graph as numbers, cut down to what leads from outside to a goal: what searching and cutting work on."""

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import inf

from ringfence.graph.attack.steps import START, AttackGraph, Step
from ringfence.model.change import Change, ChangeKind

NOTHING: frozenset[int] = frozenset()


@dataclass(slots=True)
class Network:
    """Vertices, steps and changes by number. `out` and `into` have the numbers of the steps at a vertex.

    `cuts` has, for each step, the changes that each take it away. Only steps on some way from outside to a goal are here.
    """

    vertices: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    tails: list[int] = field(default_factory=list)
    heads: list[int] = field(default_factory=list)
    out: list[list[int]] = field(default_factory=list)
    into: list[list[int]] = field(default_factory=list)
    cuts: list[tuple[int, ...]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    taken: list[list[int]] = field(default_factory=list)
    """For each change, the steps that it takes away."""
    start: int = -1
    goals: tuple[int, ...] = ()

    def blocked(self, chosen: frozenset[int]) -> bytearray:
        """For each step, whether one of the chosen changes takes it away."""
        marks = bytearray(len(self.steps))
        for change in chosen:
            for step in self.taken[change]:
                marks[step] = 1
        return marks


def network(graph: AttackGraph, goals: Iterable[str]) -> Network:
    """The part of an attack graph that leads from outside to one of the goals."""
    wanted = list(dict.fromkeys(goals))
    forward = _reached({START}, lambda vertex: (step.target for step in graph.out.get(vertex, ())))
    into: dict[str, list[str]] = {}
    for source in forward:
        for step in graph.out.get(source, ()):
            into.setdefault(step.target, []).append(source)
    kept = _reached({goal for goal in wanted if goal in forward}, lambda vertex: into.get(vertex, ()))
    made = Network(vertices=list(kept))
    number = {vertex: index for index, vertex in enumerate(made.vertices)}
    made.out = [[] for _ in kept]
    made.into = [[] for _ in kept]
    made.start = number.get(START, -1)
    made.goals = tuple(number[goal] for goal in wanted if goal in number)
    numbering = _Numbering(made)
    for vertex, tail in number.items():
        for step in graph.out.get(vertex, ()):
            head = number.get(step.target)
            if head is None:
                continue
            index = len(made.steps)
            made.steps.append(step)
            made.tails.append(tail)
            made.heads.append(head)
            made.out[tail].append(index)
            made.into[head].append(index)
            cuts = numbering.of(step)
            made.cuts.append(cuts)
            for change in cuts:
                made.taken[change].append(index)
    return made


class _Numbering:
    """Numbers for changes. Equal containers of one owner share their cuts, so most steps are looked up whole."""

    def __init__(self, net: Network) -> None:
        self._net = net
        self._numbers: dict[tuple[ChangeKind, str, str], int] = {}
        self._whole: dict[tuple[int, str], tuple[int, ...]] = {}

    def of(self, step: Step) -> tuple[int, ...]:
        """The numbers of the changes that take a step away. The tuples of cuts live as long as their steps."""
        memo = (id(step.cuts), step.owner)
        found = self._whole.get(memo)
        if found is None:
            found = self._whole[memo] = tuple(
                self._number(cut.kind, cut.target or step.owner, cut.detail) for cut in step.cuts
            )
        return found

    def _number(self, kind: ChangeKind, target: str, detail: str) -> int:
        key = (kind, target, detail)
        found = self._numbers.get(key)
        if found is None:
            found = self._numbers[key] = len(self._net.changes)
            self._net.changes.append(Change(kind=kind, target=target, detail=detail))
            self._net.taken.append([])
        return found


def _reached(begin: set[str], following: Callable[[str], Iterable[str]]) -> dict[str, None]:
    """Everything that can be reached, in the order in which it is: the same for the same graph."""
    seen = dict.fromkeys(sorted(begin))
    queue = list(seen)
    for vertex in queue:
        for other in following(vertex):
            if other not in seen:
                seen[other] = None
                queue.append(other)
    return seen


def towards(net: Network, blocked: bytearray) -> list[int]:
    """For each vertex the first step of a shortest way to a goal, by number; -1 at a goal and -2 where there is none."""
    first = [-2] * len(net.vertices)
    queue: list[int] = []
    for goal in net.goals:
        first[goal] = -1
        queue.append(goal)
    tails, into = net.tails, net.into
    for vertex in queue:
        for index in into[vertex]:
            if not blocked[index]:
                tail = tails[index]
                if first[tail] == -2:
                    first[tail] = index
                    queue.append(tail)
    return first


def reachable(net: Network, blocked: bytearray) -> bytearray:
    """For each vertex, whether it can be reached from outside."""
    seen = bytearray(len(net.vertices))
    if net.start < 0:
        return seen
    seen[net.start] = 1
    queue = [net.start]
    heads, out = net.heads, net.out
    for vertex in queue:
        for index in out[vertex]:
            head = heads[index]
            if not blocked[index] and not seen[head]:
                seen[head] = 1
                queue.append(head)
    return seen


def best(net: Network, weight: Callable[[Step], float], blocked: bytearray | None = None) -> list[int]:
    """For each vertex the last step of the lightest way to it from outside; -1 outside, -2 where there is none."""
    begin = (net.start,) if net.start >= 0 else ()
    return _lightest(begin, net.out, net.heads, [weight(step) for step in net.steps], blocked)


def best_on(net: Network, weight: Callable[[Step], float]) -> list[int]:
    """For each vertex the first step of the lightest way from it to a goal; -1 at a goal, -2 where there is none."""
    return _lightest(net.goals, net.into, net.tails, [weight(step) for step in net.steps], None)


def _lightest(
    begin: Iterable[int], at: list[list[int]], ends: list[int], weights: list[float], blocked: bytearray | None
) -> list[int]:
    """Dijkstra's algorithm, forward or backward."""
    via = [-2] * len(at)
    distance = [inf] * len(at)
    heap: list[tuple[float, int]] = []
    for vertex in begin:
        via[vertex], distance[vertex] = -1, 0.0
        heap.append((0.0, vertex))
    while heap:
        so_far, vertex = heapq.heappop(heap)
        if so_far > distance[vertex]:
            continue
        for index in at[vertex]:
            if blocked is not None and blocked[index]:
                continue
            end, whole = ends[index], so_far + weights[index]
            if whole < distance[end]:
                distance[end] = whole
                via[end] = index
                heapq.heappush(heap, (whole, end))
    return via


def way_to(net: Network, last: list[int], goal: int) -> tuple[int, ...]:
    """The steps of the way that `best` found, from outside in; nothing if there is none."""
    way: list[int] = []
    vertex = goal
    while last[vertex] >= 0:
        way.append(last[vertex])
        vertex = net.tails[last[vertex]]
    return tuple(reversed(way)) if last[vertex] == -1 else ()


def way_from(net: Network, first: list[int], index: int) -> tuple[int, ...]:
    """The step `index` and the shortest way on from its end that `towards` found; nothing if there is none."""
    way = [index]
    vertex = net.heads[index]
    while first[vertex] >= 0:
        way.append(first[vertex])
        vertex = net.heads[first[vertex]]
    return tuple(way) if first[vertex] == -1 else ()
