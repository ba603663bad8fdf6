"""JSON into one narrow type, with every way that can fail turned into `Malformed`."""

from typing import TypeVar

import msgspec

from ringfence.errors import LimitExceeded, Malformed

MAX_BYTES = 16 * 1024 * 1024
"""Most JSON taken at once: an engine's list of containers is far below, what fills memory far above."""

T = TypeVar("T")


def decode(data: bytes, shape: type[T], form: str) -> T:
    """`data` as a value of `shape`; fields that `shape` does not have are passed over.

    Raises `Malformed` naming `form` if it is no JSON or of another shape, `LimitExceeded` past `MAX_BYTES`.
    """
    if len(data) > MAX_BYTES:
        raise LimitExceeded(f"bytes of a {form}", MAX_BYTES)
    try:
        return msgspec.json.decode(data, type=shape)
    # RecursionError: msgspec descends into nested values that it only skips. UnicodeDecodeError: bytes that are no UTF-8.
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as cause:
        raise Malformed(form, str(cause)) from cause


def encode(value: object) -> bytes:
    """A value as JSON that `decode` reads."""
    return msgspec.json.encode(value)
