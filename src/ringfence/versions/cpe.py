"""Versions of products that CPE names name, which follow no one scheme: numbers by value, words by letter.

NVD's ranges have no written order. This one is what its ranges need: runs of digits and of letters; a run of digits is
higher than one of letters; a word that is known to come before a release (`beta`, `rc`) is lower than the end, any other
(`1.0.2a`, `9.8p7`) higher. Source: NISTIR 7696 section 6 leaves the order to the reader.
"""

import re

from ringfence.errors import Malformed
from ringfence.model.declare import Scheme

SCHEME = Scheme(slug="cpe", ecosystems=("CPE",))

MAX_LENGTH = 300
"""Characters of one version."""

Key = tuple[tuple[int, int, str], ...]
"""The runs: rank, value, letters. The end has a rank of its own, between words before a release and all others."""

_RUNS = re.compile(r"[0-9]+|[a-z]+")
_TEXT = re.compile(r"[0-9A-Za-z._+~:() !@,/&'-]+")
_BEFORE = frozenset({"alpha", "beta", "rc", "cr", "pre", "preview", "dev", "snapshot", "milestone"})
_EARLY, _END, _LATE, _NUMBER = range(4)


def key(version: str) -> Key:
    """A sort key. Raises `Malformed` for what has no digit and no letter."""
    if len(version) > MAX_LENGTH or not version.isascii() or not _TEXT.fullmatch(version):
        raise Malformed("version", repr(version[:MAX_LENGTH]))
    runs = _RUNS.findall(version.lower())
    if not runs:
        raise Malformed("version", repr(version))
    return (*(_run(text) for text in runs), (_END, 0, ""))


def _run(text: str) -> tuple[int, int, str]:
    if text.isdigit():
        return (_NUMBER, int(text), "")
    return (_EARLY if text in _BEFORE else _LATE, 0, text)
