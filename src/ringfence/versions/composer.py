"""Composer's versions: up to four numbers, then how stable (`-beta2`), then perhaps `-dev`.

Source: getcomposer.org/doc/articles/versions.md; composer/semver's VersionParser ("normalize"): dev < alpha < beta < RC <
stable < patch. A branch (`dev-main`) has no place in the order.
"""

import re

from ringfence.errors import Malformed
from ringfence.model.declare import Scheme

SCHEME = Scheme(slug="composer", ecosystems=("Packagist",))

MAX_LENGTH = 300
"""Characters of one version; the longest seen on packagist.org is under 100."""

Key = tuple[tuple[int, int, int, int], int, tuple[int, ...], int]
"""The four numbers, how stable, that word's own numbers, 0 for a development version of it and 1 else."""

_VERSION = re.compile(
    r"v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:\.([0-9]+))?"
    r"(?:[._-]?(stable|beta|b|rc|alpha|a|patch|pl|p)((?:[.-]?[0-9]+)*))?([.-]?dev)?(?:\+\S*)?",
    re.IGNORECASE | re.ASCII,
)
_STABLE = 3
_RANKS = {"a": 0, "alpha": 0, "b": 1, "beta": 1, "rc": 2, "stable": _STABLE, "p": 4, "pl": 4, "patch": 4}
_DIGITS = re.compile(r"[0-9]+")


def key(version: str) -> Key:
    """A sort key. Raises `Malformed` for what Composer does not take, and for branches."""
    seen = _VERSION.fullmatch(version) if len(version) <= MAX_LENGTH else None
    if seen is None:
        raise Malformed("Composer version", repr(version[:MAX_LENGTH]))
    numbers = (int(seen[1]), int(seen[2] or 0), int(seen[3] or 0), int(seen[4] or 0))
    rank = _RANKS[(seen[5] or "stable").lower()]
    own = tuple(int(text) for text in _DIGITS.findall(seen[6] or "")) if rank != _STABLE else ()
    if seen[7] and seen[5] is None:
        return (numbers, -1, (), 0)  # `1.0-dev` comes before its alphas
    return (numbers, rank, own, 0 if seen[7] else 1)
