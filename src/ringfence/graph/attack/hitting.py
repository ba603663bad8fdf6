"""The cheapest set of changes that touches every one of many sets: exact where that is quick, else greedy with its bound.

The weighted hitting set problem is NP-hard (Karp 1972). Greedy by weight hit for its price is at most H(d) times the best, d
being the most sets one change hits (Chvatal 1979); sets that share no change give a lower bound that is often far better.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

FEW_SETS = 120
"""Sets up to which the exact search is tried."""
MANY_BRANCHES = 20_000
"""Branches of the exact search after which the best found so far is taken."""

Sets = Sequence[frozenset[int]]
Prices = Mapping[int, float]


class Hit(NamedTuple):
    """Changes that touch every set: their price, a price that nothing can be below, and whether it is known to be least."""

    chosen: frozenset[int]
    price: float
    bound: float
    exact: bool


def hitting(sets: Sets, prices: Prices) -> Hit:
    """The cheapest changes, one at least of each set. No set may be empty."""
    needed = minimal(sets)
    greedy = without_idle(cheapest_first(needed, prices), needed, prices)
    bound = disjoint_bound(needed, prices)
    price = sum(prices[item] for item in greedy)
    if price <= bound + 1e-9 or len(needed) > FEW_SETS:
        return Hit(greedy, price, bound, price <= bound + 1e-9)
    search = _Search(needed, prices, greedy, price)
    finished = search.run()
    return Hit(search.best, search.price, search.price if finished else bound, finished)


def minimal(sets: Sets) -> list[frozenset[int]]:
    """Only the sets that contain no other: whoever touches those touches all."""
    found: list[frozenset[int]] = []
    by_member: dict[int, list[frozenset[int]]] = {}
    for item in sorted(set(sets), key=lambda one: (len(one), sorted(one))):
        if not any(other <= item for member in item for other in by_member.get(member, ())):
            found.append(item)
            for member in item:
                by_member.setdefault(member, []).append(item)
    return found


def cheapest_first(sets: Sets, prices: Prices) -> list[int]:
    """Greedy: again and again the change that touches most untouched sets for its price."""
    left = dict(enumerate(sets))
    where: dict[int, set[int]] = {}
    for number, item in left.items():
        for change in item:
            where.setdefault(change, set()).add(number)
    chosen: list[int] = []
    while left:
        change = max(where, key=lambda item: (len(where[item]) / prices[item], -prices[item], -item))
        chosen.append(change)
        for number in list(where[change]):
            for other in left.pop(number):
                where[other].discard(number)
        del where[change]
    return chosen


def without_idle(chosen: Sequence[int], sets: Sets, prices: Prices) -> frozenset[int]:
    """The choice without changes that the others make needless, the dearest tried first."""
    kept = set(chosen)
    for change in sorted(chosen, key=lambda item: (-prices[item], item)):
        if all(item & (kept - {change}) for item in sets if change in item):
            kept.discard(change)
    return frozenset(kept)


def disjoint_bound(sets: Sets, prices: Prices) -> float:
    """A price that every hitting set has at least: the cheapest change of each of some sets that share none."""
    used: set[int] = set()
    bound = 0.0
    for item in sorted(sets, key=lambda one: (len(one), -min(prices[change] for change in one))):
        if not item & used:
            used |= item
            bound += min(prices[change] for change in item)
    return bound


class _Search:
    """Branch and bound: take a smallest untouched set and try each of its changes."""

    def __init__(self, sets: list[frozenset[int]], prices: Prices, best: frozenset[int], price: float) -> None:
        self.sets, self.prices, self.best, self.price = sets, prices, best, price
        self.branches = 0

    def run(self) -> bool:
        """Search; whether it was finished, so that the best found is the best there is."""
        self._branch(self.sets, frozenset(), 0.0, frozenset())
        return self.branches <= MANY_BRANCHES

    def _branch(self, left: list[frozenset[int]], chosen: frozenset[int], price: float, refused: frozenset[int]) -> None:
        self.branches += 1
        if self.branches > MANY_BRANCHES:
            return
        if not left:
            if price < self.price - 1e-9:
                self.best, self.price = chosen, price
            return
        open_sets = [item - refused for item in left]
        if not all(open_sets) or price + disjoint_bound(open_sets, self.prices) >= self.price - 1e-9:
            return
        smallest = min(open_sets, key=len)
        for change in sorted(smallest, key=lambda item: (self.prices[item], item)):
            rest = [item for item in left if change not in item]
            self._branch(rest, chosen | {change}, price + self.prices[change], refused)
            refused |= {change}
