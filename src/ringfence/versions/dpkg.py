"""Debian's versions: `[epoch:]upstream[-revision]`.

Source: deb-version(7) "Sorting algorithm"; Debian Policy 5.6.12.
"""

import re

from ringfence.errors import Malformed
from ringfence.model.declare import Scheme

SCHEME = Scheme(slug="dpkg", ecosystems=("Debian", "Ubuntu"))

MAX_LENGTH = 300
"""Characters of one version; the longest in Debian's archive is under 60."""
MAX_EPOCH = 2**31 - 1
"""Largest epoch dpkg takes (it keeps it in an `int`)."""

Key = tuple[int, tuple[int, ...], tuple[int, ...]]
"""Epoch, upstream version and revision, the last two as weights (see `_weights`)."""

_VERSION = re.compile(r"(?:([0-9]+):)?([A-Za-z0-9.+~:-]+?)(?:-([A-Za-z0-9.+~]+))?")
_PARTS = re.compile(r"([^0-9]*)([0-9]*)")
_END = 0
_TILDE = -1
_AFTER_LETTERS = 256


def key(version: str) -> Key:
    """A sort key. Raises `Malformed` for what dpkg does not take as a version."""
    seen = _VERSION.fullmatch(version) if len(version) <= MAX_LENGTH else None
    if seen is None:
        raise Malformed("Debian version", repr(version[:MAX_LENGTH]))
    epoch, upstream, revision = seen.groups()
    if ":" in upstream and epoch is None:
        raise Malformed("Debian version", f"the epoch of {version!r} is not a number")
    if int(epoch or 0) > MAX_EPOCH:
        raise Malformed("Debian version", f"the epoch of {version!r} is larger than dpkg takes")
    return (int(epoch or 0), _weights(upstream), _weights(revision or ""))


def _weights(text: str) -> tuple[int, ...]:
    """Numbers whose order is the order of `text`: runs of non-digits and digits by turns.

    A tilde weighs less than the end of a run, the end less than letters, letters less than everything else. A run of
    digits is its value, an absent one 0. Tuples of equal beginning have their runs at equal places, so plain comparison of
    tuples compares like with like; the last `_END` lets a tilde sort before nothing at all.
    """
    found: list[int] = []
    place = 0
    while True:
        seen = _PARTS.match(text, place)
        if seen is None:  # never: the pattern matches the empty string
            break
        found.extend(_weight(letter) for letter in seen[1])
        found.append(_END)
        found.append(int(seen[2] or 0))
        place = seen.end()
        if place >= len(text):
            break
    found.append(_END)
    return tuple(found)


def _weight(letter: str) -> int:
    if letter == "~":
        return _TILDE
    return ord(letter) if letter.isalpha() else ord(letter) + _AFTER_LETTERS
