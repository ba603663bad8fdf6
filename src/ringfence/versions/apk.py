"""Alpine's versions: `digits{.digits}[letter]{_suffix[digits]}[~hash][-r digits]`.

Source: apk-package(5) "pkgver" and apk-tools' version rules as of 3.0. What a version ends in decides against a longer one:
the longer is newer, unless what follows is a suffix of a pre-release. Components after the first that begin with a 0 are
compared as text if either does (`1.05` < `1.1`); 2.x differed in that corner only.
"""

import re

from ringfence.errors import Malformed
from ringfence.model.declare import Scheme

SCHEME = Scheme(slug="apk", ecosystems=("Alpine", "Wolfi", "Chainguard"))

MAX_LENGTH = 300
"""Characters of one version; apk's own limit is 128."""

Key = tuple[tuple[int, int, str], ...]
"""Tokens in order: rank of the kind of token, its number, its text."""

_VERSION = re.compile(
    r"([0-9]+)((?:\.[0-9]+)*)([a-z])?((?:_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)[0-9]*)*)(~[0-9a-f]+)?(-r[0-9]+)?"
)
_SUFFIX = re.compile(r"_([a-z]+)([0-9]*)")
_BEFORE = ("alpha", "beta", "pre", "rc")
_AFTER = ("cvs", "svn", "git", "hg", "p")

# Where two versions differ in the kind of the next token, the higher rank is newer.
_PRE_RELEASE, _END, _REVISION, _HASH, _SUFFIX_NUMBER, _POST_RELEASE, _LETTER, _DIGITS, _FIRST = range(9)


def key(version: str) -> Key:
    """A sort key. Raises `Malformed` for what apk does not call a version."""
    seen = _VERSION.fullmatch(version) if len(version) <= MAX_LENGTH else None
    if seen is None:
        raise Malformed("apk version", repr(version[:MAX_LENGTH]))
    first, more, letter, suffixes, commit, revision = seen.groups()
    tokens = [(_FIRST, int(first), "")]
    tokens.extend(_component(digits) for digits in more.split(".")[1:])
    if letter:
        tokens.append((_LETTER, 0, letter))
    for name, number in _SUFFIX.findall(suffixes):
        if name in _BEFORE:
            tokens.append((_PRE_RELEASE, _BEFORE.index(name), ""))
        else:
            tokens.append((_POST_RELEASE, _AFTER.index(name), ""))
        if number:
            tokens.append((_SUFFIX_NUMBER, int(number), ""))
    if commit:
        tokens.append((_HASH, 0, commit[1:]))
    if revision:
        tokens.append((_REVISION, int(revision[2:]), ""))
    tokens.append((_END, 0, ""))
    return tuple(tokens)


def _component(digits: str) -> tuple[int, int, str]:
    # One that begins with 0 sorts, as text, before every one that does not: -1 puts it there.
    return (_DIGITS, -1, digits) if digits.startswith("0") else (_DIGITS, int(digits), "")
