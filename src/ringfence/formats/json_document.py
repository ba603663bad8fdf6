"""JSON of a known shape: the one place that turns a decoder's complaints into `Malformed`."""

from typing import TypeVar

import msgspec

from ringfence.errors import LimitExceeded, Malformed

T = TypeVar("T")

MAX_JSON_BYTES = 16 * 1024 * 1024
"""Bytes of one JSON document of an image: a configuration of 1,000 layers has less than 1 MB."""


def decode(data: bytes, shape: type[T], form: str) -> T:
    """`data` as a value of `shape`; unknown fields are passed over. `form` names the document in the error.

    Raises `Malformed` if it is no JSON or not of that shape, `LimitExceeded` if longer than `MAX_JSON_BYTES`.
    """
    if len(data) > MAX_JSON_BYTES:
        raise LimitExceeded(f"bytes of a {form}", MAX_JSON_BYTES)
    try:
        return msgspec.json.decode(data, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as cause:
        raise Malformed(form, str(cause)) from cause
    except RecursionError as cause:
        raise Malformed(form, "it is nested too deeply") from cause
