"""TOML into one narrow type, with every way that can fail turned into `Malformed`."""

import tomllib
from typing import TypeVar

import msgspec

from ringfence.errors import LimitExceeded, Malformed

MAX_BYTES = 1024 * 1024
"""Most that is taken of one file; an engine's longest, with all its comments, has 40,000."""

T = TypeVar("T")


def decode(data: bytes, shape: type[T], form: str) -> T:
    """`data` as a value of `shape`; fields that `shape` does not have are passed over.

    Raises `Malformed` naming `form` if it is no TOML or of another shape, `LimitExceeded` past `MAX_BYTES`.
    """
    if len(data) > MAX_BYTES:
        raise LimitExceeded(f"bytes of a {form}", MAX_BYTES)
    try:
        return msgspec.convert(tomllib.loads(data.decode()), shape)
    # RecursionError: nested arrays; ValueError covers TOMLDecodeError, bytes that are no UTF-8 and msgspec's own error.
    except (ValueError, RecursionError, msgspec.ValidationError) as cause:
        raise Malformed(form, str(cause)) from cause
