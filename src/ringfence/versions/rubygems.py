"""RubyGems' versions, as Gem::Version orders them.

Source: rubygems' lib/rubygems/version.rb. Runs of digits and letters; letters make a pre-release and come before numbers;
zeros at the end of either part say nothing; a hyphen is `.pre.`.
"""

import re
from functools import cmp_to_key
from itertools import zip_longest
from typing import Any

from ringfence.errors import Malformed
from ringfence.model.declare import Scheme

SCHEME = Scheme(slug="rubygems", ecosystems=("RubyGems",))

MAX_LENGTH = 300
"""Characters of one version; the longest seen on rubygems.org is under 80."""

_VERSION = re.compile(r"[0-9]+(?:\.[0-9A-Za-z]+)*(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?")
_SEGMENTS = re.compile(r"[0-9]+|[A-Za-z]+")

_Segment = tuple[int, int, str]
_ZERO: _Segment = (1, 0, "")


def key(version: str) -> Any:  # noqa: ANN401 - functools' key type has no name
    """A sort key. Raises `Malformed` for what RubyGems refuses."""
    if len(version) > MAX_LENGTH or not _VERSION.fullmatch(version):
        raise Malformed("gem version", repr(version[:MAX_LENGTH]))
    segments = [_segment(text) for text in _SEGMENTS.findall(version.replace("-", ".pre."))]
    first_word = next((index for index, item in enumerate(segments) if item[0] == 0), len(segments))
    return _key((*_without_zeros(segments[:first_word]), *_without_zeros(segments[first_word:])))


def _segment(text: str) -> _Segment:
    return (1, int(text), "") if text.isdigit() else (0, 0, text)


def _without_zeros(segments: list[_Segment]) -> list[_Segment]:
    while segments and segments[-1] == _ZERO:
        segments = segments[:-1]
    return segments


def _compare(one: tuple[_Segment, ...], other: tuple[_Segment, ...]) -> int:
    for left, right in zip_longest(one, other, fillvalue=_ZERO):
        if left != right:
            return -1 if left < right else 1
    return 0


_key = cmp_to_key(_compare)
