"""Semantic versions, as npm, Cargo and others order them.

Source: semver.org 2.0.0 section 11; go.dev/ref/mod "Versions" (the leading `v`, pseudo-versions, `+incompatible`), which
are semantic versions too: build metadata never counts. A missing minor or patch is read as 0, because advisories write
`introduced: 0` and Go writes `1.21`.
"""

import re

from ringfence.errors import Malformed
from ringfence.model.declare import Scheme

SCHEME = Scheme(
    slug="semver",
    ecosystems=("npm", "crates.io", "Hex", "Pub", "SwiftURL", "Bitnami", "kubernetes", "node", "GitHub Actions"),
)

MAX_LENGTH = 300
"""Characters of one version; npm itself allows 256."""

Key = tuple[int, int, int, int, tuple[tuple[int, int, str], ...]]
"""Major, minor, patch, 0 for a pre-release and 1 for a release, the pre-release's identifiers."""

_VERSION = re.compile(
    r"[v=]?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]*)?"
)


def key(version: str) -> Key:
    """A sort key. Raises `Malformed` for what is no semantic version."""
    seen = _VERSION.fullmatch(version) if len(version) <= MAX_LENGTH else None
    if seen is None:
        raise Malformed("semantic version", repr(version[:MAX_LENGTH]))
    major, minor, patch, before = seen.groups()
    numbers = (int(major), int(minor or 0), int(patch or 0))
    if before is None:
        return (*numbers, 1, ())
    return (*numbers, 0, tuple(_identifier(word) for word in before.split(".")))


def _identifier(word: str) -> tuple[int, int, str]:
    # Section 11.4.3: numeric identifiers always have lower precedence than others.
    return (0, int(word), "") if word.isdigit() else (1, 0, word)
