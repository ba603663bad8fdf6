"""npm's range expressions (`^1.2.3 || >=2.1 <3`) as intervals of semantic versions.

Source: node-semver's README, "Ranges" and "Range Grammar". Pre-releases count as the option `includePrerelease` has it: an
advisory that says `<2.0.0` means 2.0.0-rc.1's forerunners too, and one that says `1.x` means 1.0.0-beta.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from ringfence.errors import Malformed
from ringfence.versions import semver

MAX_LENGTH = 20_000
"""Characters of one expression; the longest in npm's advisories list some hundred versions."""


class Interval(NamedTuple):
    """Versions from `start` on (`0`: the beginning) up to `end`, which is outside unless `inclusive`; no `end`: for ever."""

    start: str
    end: str = ""
    inclusive: bool = False

    def has(self, version: str) -> bool:
        """Whether a version lies in it. Raises `Malformed` for what is no semantic version."""
        here = semver.key(version)
        if self.start != _BEGINNING and here < semver.key(self.start):
            return False
        if not self.end:
            return True
        end = semver.key(self.end)
        return here < end or (self.inclusive and here == end)


class _Bound(NamedTuple):
    """A comparator: `>=` or `<` or `<=` a whole version."""

    operator: str
    version: str


_BEGINNING = "0"
_LOWEST = "-0"
"""The pre-release before all others of its version."""
_PARTIAL = re.compile(
    r"[v=\s]*(?:(\d+|[xX*])(?:\.(\d+|[xX*])(?:\.(\d+|[xX*])(?:-?([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?)?)?)?"
)
_SIMPLE = re.compile(r"(\^|~>?|>=|<=|>|<|=)?\s*([v=]*[0-9xX*][^\s<>=^~|]*)")
_HYPHEN = re.compile(r"\s*(\S+)\s+-\s+(\S+)\s*")


class _Partial(NamedTuple):
    """A version of which the end may be missing; missing numbers are None."""

    major: int | None
    minor: int | None
    patch: int | None
    before: str

    @property
    def lower(self) -> str:
        """The lowest version that it means."""
        numbers = f"{self.major or 0}.{self.minor or 0}.{self.patch or 0}"
        if self.before:
            return f"{numbers}-{self.before}"
        return numbers if self.patch is not None else numbers + _LOWEST

    @property
    def beyond(self) -> str:
        """The lowest version above all that it means, where something is missing."""
        if self.minor is None:
            return f"{(self.major or 0) + 1}.0.0-0"
        return f"{self.major}.{self.minor + 1}.0-0"


def intervals(expression: str) -> tuple[Interval, ...]:
    """What an expression means; intervals may overlap. Raises `Malformed`."""
    if len(expression) > MAX_LENGTH:
        raise Malformed("npm range", f"it is longer than {MAX_LENGTH} characters")
    found = (_interval(tuple(_bounds(part))) for part in expression.split("||"))
    return tuple(item for item in found if item is not None)


def _bounds(text: str) -> Iterator[_Bound]:
    """The comparators that must hold together."""
    hyphen = _HYPHEN.fullmatch(text)
    if hyphen:
        low, high = _partial(hyphen[1]), _partial(hyphen[2])
        if low.major is not None:
            yield _Bound(">=", low.lower)
        if high.major is not None:
            yield from _upper(high)
        return
    rest = _SIMPLE.sub("", text)
    if rest.replace(",", "").strip():
        raise Malformed("npm range", repr(text[:100]))
    for operator, written in _SIMPLE.findall(text):
        yield from _simple(operator, _partial(written.rstrip(",")))


def _upper(high: _Partial) -> Iterator[_Bound]:
    if high.patch is None:
        yield _Bound("<", high.beyond)
    elif high.before:
        yield _Bound("<=", high.lower)
    else:
        yield _Bound("<", f"{high.major}.{high.minor}.{high.patch + 1}-0")


def _partial(text: str) -> _Partial:
    seen = _PARTIAL.fullmatch(text)
    if seen is None or len(text) > semver.MAX_LENGTH:
        raise Malformed("npm range", repr(text[:100]))
    numbers: list[int | None] = []
    for word in seen.groups()[:3]:
        known = word is not None and word.isdigit() and None not in numbers
        numbers.append(int(word) if known and word is not None else None)
    return _Partial(numbers[0], numbers[1], numbers[2], (seen[4] or "") if None not in numbers else "")


def _simple(operator: str, at: _Partial) -> Iterator[_Bound]:
    if at.major is None:
        if operator in ("<", ">"):  # nothing is below or above everything
            yield _Bound("<", "0.0.0-0")
        return
    match operator:
        case "^":
            yield from _caret(at)
        case "~" | "~>":
            yield _Bound(">=", at.lower)
            yield _Bound("<", at.beyond if at.minor is None else f"{at.major}.{at.minor + 1}.0-0")
        case ">":
            yield _Bound(">=", at.beyond if at.patch is None else _after(at.lower))
        case ">=":
            yield _Bound(">=", at.lower)
        case "<":
            yield _Bound("<", at.lower)
        case "<=":
            yield _Bound("<", at.beyond) if at.patch is None else _Bound("<=", at.lower)
        case _:
            yield _Bound(">=", at.lower)
            yield _Bound("<", at.beyond) if at.patch is None else _Bound("<=", at.lower)


def _caret(at: _Partial) -> Iterator[_Bound]:
    """Nothing left of the first number that is not zero may change."""
    major, minor, patch = at.major or 0, at.minor, at.patch
    yield _Bound(">=", at.lower if at.before or major or patch is None else at.lower + _LOWEST)
    if major or minor is None:
        yield _Bound("<", f"{major + 1}.0.0-0")
    elif minor or patch is None:
        yield _Bound("<", f"{major}.{minor + 1}.0-0")
    else:
        yield _Bound("<", f"{major}.{minor}.{patch + 1}-0")


def _after(version: str) -> str:
    """The lowest version above one: with a longer pre-release, or the first pre-release of the next patch."""
    numbers, dash, _ = version.partition("-")
    if dash:
        return f"{version}.0"
    head, _, patch = numbers.rpartition(".")
    return f"{head}.{int(patch) + 1}-0"


def _interval(bounds: tuple[_Bound, ...]) -> Interval | None:
    """Where all of them hold; None if that is nowhere."""
    lows = [bound.version for bound in bounds if bound.operator == ">="]
    highs = [
        (semver.key(bound.version), bound.operator == "<=", bound.version) for bound in bounds if bound.operator != ">="
    ]
    start = max(lows, key=semver.key, default=_BEGINNING)
    if not highs:
        return Interval(start)
    key, inclusive, end = min(highs)
    below = start != _BEGINNING and (key < semver.key(start) or (key == semver.key(start) and not inclusive))
    return None if below else Interval(start, end, inclusive)
