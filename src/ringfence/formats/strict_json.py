"""JSON of which a signature depends: a member twice, a number that is none, or anything after the value is refused.

Readers differ on which of two members of one name counts (RFC 8259, section 4), so what two tools see in a signed document
with such a pair may differ. None of ours sees anything.
"""

import json
from typing import NoReturn, TypeVar

import msgspec

from ringfence.errors import LimitExceeded, Malformed

MAX_BYTES = 4 * 1024 * 1024
"""Most JSON that is read strictly: signed claims and attestations are far below."""

T = TypeVar("T")


def decode(data: bytes, shape: type[T], form: str, limit: int = MAX_BYTES) -> T:
    """`data` as a value of `shape`, which says whether unknown members are refused (`forbid_unknown_fields`).

    Raises `Malformed` naming `form`, `LimitExceeded` past `limit` bytes.
    """
    if len(data) > limit:
        raise LimitExceeded(f"bytes of a {form}", limit)
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_once_each, parse_constant=_no_number)
        return msgspec.convert(value, type=shape)
    # ValueError: json's own, bytes that are no UTF-8, numbers of too many digits, and ours below.
    except (ValueError, RecursionError) as cause:
        raise Malformed(form, str(cause)) from cause


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands twice")
    return members


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")
