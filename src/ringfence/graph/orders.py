"""The orders of versions that judgement needs, as functions given from outside.

Each takes a version as its scheme writes it and gives a sort key; for what is no version it raises `Malformed`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol


class Comparable(Protocol):
    """Anything with an order."""

    def __lt__(self, other: Any, /) -> bool:  # noqa: ANN401 - a key is compared only with keys of the same scheme
        """Whether this comes before `other`."""


VersionKey = Callable[[str], Comparable]


@dataclass(frozen=True, slots=True)
class Orders:
    """Sort keys: of kernel releases (`4.20-rc2`, `6.1.119`), of Semantic Versioning, and of a distribution's packages.

    `distribution` takes the distribution (`debian:12`) and gives the key of its package versions, or None where this
    program has no order for it.
    """

    kernel: VersionKey
    semver: VersionKey
    distribution: Callable[[str], VersionKey | None]


def at_least(key: VersionKey, version: str, bound: str) -> bool:
    """Whether `version` is `bound` or later. Raises `Malformed`."""
    return not key(version) < key(bound)
