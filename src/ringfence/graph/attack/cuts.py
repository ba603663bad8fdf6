"""Which changes cut all attack paths for least effort, and which cut most for theirs.

Paths are too many to list. Every way that is still open gives the set of changes of which one at least must be made; the
cheapest choice over the sets seen so far closes those, and what it leaves open gives new sets, until nothing is open. If
each choice was a cheapest one, so is the last (implicit hitting set, Chandrasekaran et al., SODA 2011).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from ringfence.graph.attack.hitting import Hit, hitting
from ringfence.graph.attack.network import NOTHING, Network, reachable, towards, way_from
from ringfence.model.change import Change

Effort = Callable[[Change], float]


class Cut(NamedTuple):
    """Changes in the order in which they are worth making, and what they leave.

    `effort` is that of all together, `bound` one below which nothing cuts everything, `exact` says that they are equal.
    `uncut` are the first steps from which a goal is reached whatever is changed.
    """

    changes: tuple[int, ...]
    effort: float
    bound: float
    exact: bool
    uncut: tuple[int, ...]
    sets: tuple[frozenset[int], ...]


class Open(NamedTuple):
    """What is left: first steps from which a goal can be reached, and goals that can be."""

    starts: int
    goals: int


def still_open(net: Network, chosen: frozenset[int] = NOTHING) -> Open:
    """How much is open once these changes are made."""
    if net.start < 0:
        return Open(0, 0)
    blocked = net.blocked(chosen)
    first = towards(net, blocked)
    starts = {net.heads[index] for index in net.out[net.start] if not blocked[index] and first[net.heads[index]] != -2}
    seen = reachable(net, blocked)
    return Open(len(starts), sum(seen[goal] for goal in net.goals))


def left_after_each(net: Network, changes: Sequence[int]) -> list[Open]:
    """What is open after the first change, after the first two, and so on.

    Found backwards: with all changes made, then with one less at a time. What opens then only ever grows, so that every step
    is looked at once for all of them together.
    """
    growing = _Growing(net, changes)
    found = []
    for change in reversed(changes):
        found.append(growing.open())
        growing.undo(change)
    return found[::-1]


class _Growing:
    """What can be reached from outside, and from what a goal can be reached, while changes are undone."""

    def __init__(self, net: Network, made: Sequence[int]) -> None:
        self.net = net
        self.blockers = [0] * len(net.steps)
        for change in made:
            for step in net.taken[change]:
                self.blockers[step] += 1
        blocked = bytearray(count > 0 for count in self.blockers)
        self.forward = reachable(net, blocked)
        self.backward = bytearray(step != -2 for step in towards(net, blocked))
        self.begin = set(net.out[net.start]) if net.start >= 0 else set()

    def open(self) -> Open:
        """Now."""
        heads = {self.net.heads[step] for step in self.begin if not self.blockers[step]}
        return Open(sum(self.backward[head] for head in heads), sum(self.forward[goal] for goal in self.net.goals))

    def undo(self, change: int) -> None:
        """Without this change: steps that nothing else takes away are there again."""
        for step in self.net.taken[change]:
            self.blockers[step] -= 1
            if not self.blockers[step]:
                tail, head = self.net.tails[step], self.net.heads[step]
                if self.forward[tail] and not self.forward[head]:
                    self._grow(self.forward, head, self.net.out, self.net.heads)
                if self.backward[head] and not self.backward[tail]:
                    self._grow(self.backward, tail, self.net.into, self.net.tails)

    def _grow(self, seen: bytearray, vertex: int, at: list[list[int]], ends: list[int]) -> None:
        seen[vertex] = 1
        queue = [vertex]
        for here in queue:
            for step in at[here]:
                end = ends[step]
                if not self.blockers[step] and not seen[end]:
                    seen[end] = 1
                    queue.append(end)


def cut(net: Network, effort: Effort) -> Cut:
    """The cheapest set of changes after which no goal can be reached, as far as changes are known that do it."""
    prices = {number: effort(change) for number, change in enumerate(net.changes)}
    sets: dict[frozenset[int], None] = {}
    weights: dict[frozenset[int], int] = {}
    uncut: dict[int, None] = {}
    hit = Hit(NOTHING, 0.0, 0.0, exact=True)
    while True:
        found = _open_ways(net, hit.chosen, uncut)
        new = [item for item in found if item not in sets]
        if not new:
            break
        sets.update(dict.fromkeys(new))
        for item, many in found.items():
            weights[item] = weights.get(item, 0) + many
        hit = hitting(tuple(sets), prices)
    order = _worth(hit.chosen, weights, prices)
    return Cut(order, hit.price, hit.bound, hit.exact, tuple(uncut), tuple(sets))


def _open_ways(net: Network, chosen: frozenset[int], uncut: dict[int, None]) -> dict[frozenset[int], int]:
    """For each first step that still leads to a goal, the changes along its shortest way, with how many ways share them.

    A way without any change that could cut it is noted in `uncut`, and not asked for again.
    """
    found: dict[frozenset[int], int] = {}
    if net.start < 0:
        return found
    blocked = net.blocked(chosen)
    first = towards(net, blocked)
    for index in net.out[net.start]:
        if blocked[index] or index in uncut or first[net.heads[index]] == -2:
            continue
        changes = frozenset(change for step in way_from(net, first, index) for change in net.cuts[step])
        if changes:
            found[changes] = found.get(changes, 0) + 1
        else:
            uncut[index] = None
    return found


def _worth(chosen: frozenset[int], weights: Mapping[frozenset[int], int], prices: Mapping[int, float]) -> tuple[int, ...]:
    """The chosen changes, each time the one that touches most ways not touched yet for its effort."""
    left = dict(weights)
    rest = set(chosen)
    order: list[int] = []
    while rest:
        gain = {change: sum(many for item, many in left.items() if change in item) for change in rest}
        change = max(rest, key=lambda item: (gain[item] / prices[item], -prices[item], -item))
        order.append(change)
        rest.discard(change)
        left = {item: many for item, many in left.items() if change not in item}
    return tuple(order)
