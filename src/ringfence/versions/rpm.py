"""rpm's versions: `[epoch:]version[-release]`.

Source: rpm's rpmio/rpmvercmp.cc (4.15 and later, with `~` and `^`); rpm-version(7). Runs of digits are newer than runs of
letters; a tilde sorts before the end, a caret after it and before anything else.
"""

import re

from ringfence.errors import Malformed
from ringfence.model.declare import Scheme

SCHEME = Scheme(
    slug="rpm",
    ecosystems=(
        "AlmaLinux",
        "Amazon Linux",
        "Azure Linux",
        "Fedora",
        "Mageia",
        "Oracle Linux",
        "Photon OS",
        "Red Hat",
        "Rocky Linux",
        "SUSE",
        "openEuler",
        "openSUSE",
    ),
)

MAX_LENGTH = 300
"""Characters of one version; the longest in Fedora's archive is under 100."""
MAX_EPOCH = 2**31 - 1
"""Largest epoch rpm takes."""

Run = tuple[int, int, str]
Key = tuple[int, tuple[Run, ...], tuple[Run, ...]]
"""Epoch, version, release; the last two as runs of (kind, value, letters)."""

_VERSION = re.compile(r"(?:([0-9]+):)?([^\s:-][^\s:-]*)(?:-([^\s:-]+))?")
_RUNS = re.compile(r"~|\^|[0-9]+|[A-Za-z]+")
_TILDE, _END, _CARET, _LETTERS, _DIGITS = range(5)


def key(version: str) -> Key:
    """A sort key. Raises `Malformed` for what is no version of a package."""
    seen = _VERSION.fullmatch(version) if len(version) <= MAX_LENGTH and version.isascii() else None
    if seen is None:
        raise Malformed("rpm version", repr(version[:MAX_LENGTH]))
    epoch, upstream, release = seen.groups()
    if int(epoch or 0) > MAX_EPOCH:
        raise Malformed("rpm version", f"the epoch of {version!r} is larger than rpm takes")
    return (int(epoch or 0), _runs(upstream), _runs(release or ""))


def _runs(text: str) -> tuple[Run, ...]:
    return (*(_run(found) for found in _RUNS.findall(text)), (_END, 0, ""))


def _run(text: str) -> Run:
    if text == "~":
        return (_TILDE, 0, "")
    if text == "^":
        return (_CARET, 0, "")
    return (_DIGITS, int(text), "") if text[0] in "0123456789" else (_LETTERS, 0, text)
