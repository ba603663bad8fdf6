"""NuGet's versions: up to four numbers, then a pre-release as in semantic versions, without regard to case.

Source: learn.microsoft.com/nuget/concepts/package-versioning, "Version basics", "Normalized version numbers".
"""

import re

from ringfence.errors import Malformed
from ringfence.model.declare import Scheme

SCHEME = Scheme(slug="nuget", ecosystems=("NuGet",))

MAX_LENGTH = 300
"""Characters of one version; NuGet itself allows 64."""

Key = tuple[tuple[int, int, int, int], int, tuple[tuple[int, int, str], ...]]
"""The four numbers, 0 for a pre-release and 1 for a release, the pre-release's identifiers."""

_VERSION = re.compile(
    r"[vV]?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:\.([0-9]+))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]*)?"
)


def key(version: str) -> Key:
    """A sort key. Raises `Malformed` for what NuGet does not take."""
    seen = _VERSION.fullmatch(version) if len(version) <= MAX_LENGTH else None
    if seen is None:
        raise Malformed("NuGet version", repr(version[:MAX_LENGTH]))
    numbers = (int(seen[1]), int(seen[2] or 0), int(seen[3] or 0), int(seen[4] or 0))
    if seen[5] is None:
        return (numbers, 1, ())
    return (numbers, 0, tuple(_identifier(word) for word in seen[5].lower().split(".")))


def _identifier(word: str) -> tuple[int, int, str]:
    return (0, int(word), "") if word.isdigit() else (1, 0, word)
