"""Conda's versions, as its VersionOrder orders them.

Source: docs.conda.io, "Version ordering" (conda/models/version.py). An epoch before `!`, a local part after `+`; parts at
dots, within them runs of digits and letters; `dev` comes before all words, words before numbers, `post` after numbers.
"""

import re
from functools import cmp_to_key
from itertools import zip_longest
from typing import Any

from ringfence.errors import Malformed
from ringfence.model.declare import Scheme

SCHEME = Scheme(slug="conda", ecosystems=("conda",))

MAX_LENGTH = 300
"""Characters of one version; the longest seen on conda-forge is under 60."""

_VERSION = re.compile(r"(?:([0-9]+)!)?([0-9a-z._]+)(?:\+([0-9a-z._]+))?")
_RUNS = re.compile(r"[0-9]+|[a-z]+")

_Run = tuple[int, int, str]
_Parts = tuple[tuple[_Run, ...], ...]
_DEV, _WORD, _NUMBER, _POST = range(4)
_ZERO: _Run = (_NUMBER, 0, "")


def key(version: str) -> Any:  # noqa: ANN401 - functools' key type has no name
    """A sort key. Raises `Malformed` for what conda refuses."""
    text = version.strip().lower().replace("-", "_")
    seen = _VERSION.fullmatch(text) if len(version) <= MAX_LENGTH and text.isascii() else None
    if seen is None or not seen[2].strip("._"):
        raise Malformed("conda version", repr(version[:MAX_LENGTH]))
    epoch = (((_NUMBER, int(seen[1] or 0), ""),),)
    return _key((epoch, _parts(seen[2]), _parts(seen[3] or "")))


def _parts(text: str) -> _Parts:
    parts = [_runs(part) for part in text.replace("_", ".").split(".") if part]
    if parts and text.endswith("_"):
        # OpenSSL's 1.0.1_ comes before 1.0.1a: the underscore is a letter of the last part, below all others.
        parts[-1] = (*parts[-1], (_WORD, 0, "_"))
    return tuple(parts)


def _runs(part: str) -> tuple[_Run, ...]:
    runs = tuple(_run(text) for text in _RUNS.findall(part))
    # A part that begins with letters has a 0 before them, so that numbers meet numbers: 1.1.a1 = 1.1.0a1.
    return runs if runs[0][0] == _NUMBER else (_ZERO, *runs)


def _run(text: str) -> _Run:
    if text.isdigit():
        return (_NUMBER, int(text), "")
    return {"dev": (_DEV, 0, ""), "post": (_POST, 0, "")}.get(text, (_WORD, 0, text))


def _compare(one: tuple[_Parts, ...], other: tuple[_Parts, ...]) -> int:
    for left, right in zip(one, other, strict=True):
        for part, opposite in zip_longest(left, right, fillvalue=(_ZERO,)):
            for run, against in zip_longest(part, opposite, fillvalue=_ZERO):
                if run != against:
                    return -1 if run < against else 1
    return 0


_key = cmp_to_key(_compare)
