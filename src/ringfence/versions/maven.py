"""Maven's versions, as its ComparableVersion orders them.

Source: maven.apache.org/pom.html, "Version Order Specification". A version is cut at dots, hyphens, underscores and where
letters meet digits; what says nothing (`0`, `ga`, `final`, `release`) is trimmed; the shorter is filled up with nothing.
"""

import re
from collections.abc import Iterator
from functools import cmp_to_key
from typing import Any, NamedTuple

from ringfence.errors import Malformed
from ringfence.model.declare import Scheme

SCHEME = Scheme(slug="maven", ecosystems=("Maven",))

MAX_LENGTH = 300
"""Characters of one version; the longest seen in Maven Central is under 120."""

_PARTS = re.compile(r"([.\-_]?)([0-9]+|[^0-9.\-_]+)?")
_QUALIFIERS = ("alpha", "beta", "milestone", "rc", "snapshot", "", "sp")
_SAME = {"ga": "", "final": "", "release": "", "cr": "rc"}
_SHORT = {"a": "alpha", "b": "beta", "m": "milestone"}
_UNKNOWN = len(_QUALIFIERS)


class _Token(NamedTuple):
    """A piece with what stood before it; `number` is None for a qualifier."""

    dot: bool
    number: int | None
    word: str

    @property
    def says_nothing(self) -> bool:
        return self.number == 0 or (self.number is None and self.word == "")


def key(version: str) -> Any:  # noqa: ANN401 - functools' key type has no name
    """A sort key. Raises `Malformed` for an empty version and for one with blanks; Maven takes anything else."""
    if not version or len(version) > MAX_LENGTH or not version.isprintable() or " " in version:
        raise Malformed("Maven version", repr(version[:MAX_LENGTH]))
    return _key(_trimmed(list(_tokens(version.lower()))))


def _tokens(version: str) -> Iterator[_Token]:
    pieces = [found.groups() for found in _PARTS.finditer(version)][:-1]  # the last match is empty
    before_digit = ""
    for index, (separator, text) in enumerate(pieces):
        following = pieces[index + 1] if index + 1 < len(pieces) else ("x", None)
        dot = separator == "." or (index == 0 and not separator)
        if text is None or text[0] in "0123456789":
            number = int(text or 0) if text is None or text.isascii() else 0
            yield _Token(dot, number, "")
        else:
            touches = following[0] == "" and following[1] is not None
            word = _SHORT.get(text, text) if touches else text
            yield _Token(dot, None, _SAME.get(word, word))
        before_digit = text or before_digit


def _trimmed(tokens: list[_Token]) -> tuple[_Token, ...]:
    """Without what says nothing at the end, and in front of each hyphen."""
    kept: list[_Token] = []
    for token in tokens:
        if kept and (not token.dot or token.number is None):
            _drop(kept)
        kept.append(token)
    _drop(kept)
    return tuple(kept)


def _drop(kept: list[_Token]) -> None:
    while len(kept) > 1 and kept[-1].says_nothing:
        kept.pop()


def _compare(one: tuple[_Token, ...], other: tuple[_Token, ...]) -> int:
    for index in range(max(len(one), len(other))):
        left = one[index] if index < len(one) else _nothing(other[index])
        right = other[index] if index < len(other) else _nothing(one[index])
        a, b = _rank(left), _rank(right)
        if a != b:
            return -1 if a < b else 1
    return 0


_key = cmp_to_key(_compare)


def _nothing(opposite: _Token) -> _Token:
    """What the shorter version is filled up with: 0 against a number, the empty qualifier against a word."""
    return _Token(opposite.dot, 0, "") if opposite.number is not None else _Token(opposite.dot, None, "")


def _rank(token: _Token) -> tuple[int, int, str]:
    # A qualifier comes before `-number`, that before `.number`.
    if token.number is not None:
        return (1 + token.dot, token.number, "")
    if token.word in _QUALIFIERS:
        return (0, _QUALIFIERS.index(token.word), "")
    return (0, _UNKNOWN, token.word)
