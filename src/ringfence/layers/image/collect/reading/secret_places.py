"""One secret in many places is one secret: to be revoked once, and taken out of every place."""

from collections.abc import Iterable

import msgspec

from ringfence.layers.image.facts import SecretHit
from ringfence.model.location import Location

_KINDS = ("environment", "command", "label", "history", "file")
"""Which place a secret is reported under: where most people see it."""


def merged(hits: Iterable[SecretHit]) -> tuple[SecretHit, ...]:
    """Each secret once, under the place where most can see it, the others beside it; in the order they were found."""
    by_secret: dict[str, list[SecretHit]] = {}
    for hit in hits:
        by_secret.setdefault(hit.fingerprint, []).append(hit)
    return tuple(_one(found) for found in by_secret.values())


def _one(found: list[SecretHit]) -> SecretHit:
    # `sorted` is stable: of equals the one found first, which is the lowest layer.
    first, *others = sorted(found, key=lambda hit: (hit.at.deleted, _KINDS.index(hit.place)))
    places = dict.fromkeys(hit.at for hit in others if _key(hit.at) != _key(first.at))
    return msgspec.structs.replace(first, also=tuple(places))


def _key(at: Location) -> tuple[str, str, int | None]:
    return at.path, at.field, at.line
