"""Whether a name is a slip of the pen away from a much-used one.

Slips: one letter more, less or other, two neighbours swapped; separators left out or words in another order; characters that
look alike. Source of the kinds: Taylor et al., "SpellBound: Defending Against Package Typosquatting" (2020).
"""

import re
from functools import cache

SHORTEST = 5
"""Characters of a name below which one letter makes another word, not a slip (`h11`, `six`, `nose`)."""

_SEPARATORS = re.compile(r"[-_.]+")
_LOOKS = (("rn", "m"), ("vv", "w"), ("0", "o"), ("1", "l"), ("5", "s"))


def resembles(name: str, popular: frozenset[str], neighbours: frozenset[str]) -> str:
    """The much-used name that `name` may be taken for; empty if it is one itself, or near to none."""
    if name in popular or name in neighbours or len(name) < SHORTEST or name.startswith("@"):
        return ""
    by_shape = _by_shape(popular)
    for shape in _shapes(name):
        for other in by_shape.get(shape, ()):
            if other != name and len(other) >= SHORTEST:
                return other
    by_hole = _by_hole(popular)
    for part in (name, *_holes(name)):
        for other in by_hole.get(part, ()):
            if other != name and _one_slip(name, other):
                return other
    return ""


def _shapes(name: str) -> set[str]:
    """What a name comes to without separators, with its words sorted, with look-alike characters made one."""
    words = _SEPARATORS.split(name)
    # Two words in another order are a slip; three are a sentence.
    found = {"".join(words), *(["".join(reversed(words))] if len(words) == 2 else [])}
    return {_alike(text) for text in found} | found


def _alike(text: str) -> str:
    for looks, other in _LOOKS:
        text = text.replace(looks, other)
    return text


def _holes(name: str) -> set[str]:
    return {name[:index] + name[index + 1 :] for index in range(len(name))}


@cache
def _by_shape(popular: frozenset[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in sorted(popular):
        if not name.startswith("@"):
            joined = "".join(_SEPARATORS.split(name))
            for shape in {joined, _alike(joined)}:
                found.setdefault(shape, []).append(name)
    return found


@cache
def _by_hole(popular: frozenset[str]) -> dict[str, list[str]]:
    """Names by what is left of them when one letter goes: two names that are one slip apart share one of these."""
    found: dict[str, list[str]] = {}
    for name in sorted(popular):
        if len(name) >= SHORTEST and not name.startswith("@"):
            for part in {name, *_holes(name)}:
                found.setdefault(part, []).append(name)
    return found


def _one_slip(name: str, other: str) -> bool:
    """One letter more, less, other, or two neighbours swapped. A digit for a digit is another version, no slip."""
    if abs(len(name) - len(other)) > 1:
        return False
    start = 0
    while start < min(len(name), len(other)) and name[start] == other[start]:
        start += 1
    end = 0
    while end < min(len(name), len(other)) - start and name[-1 - end] == other[-1 - end]:
        end += 1
    here, there = name[start : len(name) - end], other[start : len(other) - end]
    if (here.isdigit() or not here) and (there.isdigit() or not there):
        return False  # psycopg and psycopg2
    # A plural is a name of its own too often.
    if {here, there} == {"s", ""} and end == 0 and name[start - 1 : start] != "s":
        return False
    return (len(here) <= 1 and len(there) <= 1) or (len(here) == 2 and here == there[::-1])
