"""A protobuf `Any`: a type's URL and the bytes of a value of it.

Source: google/protobuf, any.proto (field 1 `type_url`, field 2 `value`); protobuf encoding, "Message Structure". containerd
hands a stream processor its payload so.
"""

from typing import NamedTuple

from ringfence.errors import LimitExceeded, Malformed

MAX_BYTES = 4 * 1024 * 1024
"""Bytes of one message: what containerd passes has some kilobytes."""
_LENGTH_DELIMITED = 2


class Any(NamedTuple):
    """The message."""

    type_url: str
    value: bytes


def parse(data: bytes) -> Any:
    """Reads the two fields; others are passed over. Raises `Malformed` or `LimitExceeded`."""
    if len(data) > MAX_BYTES:
        raise LimitExceeded("bytes of a protobuf message", MAX_BYTES)
    fields: dict[int, bytes] = {}
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        if key & 7 != _LENGTH_DELIMITED:
            raise Malformed("protobuf Any", "a field of a type it does not have")
        length, at = _varint(data, at)
        if at + length > len(data):
            raise Malformed("protobuf Any", "it is cut off")
        fields[key >> 3] = data[at : at + length]
        at += length
    try:
        return Any(fields.get(1, b"").decode("utf-8"), fields.get(2, b""))
    except UnicodeDecodeError as cause:
        raise Malformed("protobuf Any", "its type is no text") from cause


def write(message: Any) -> bytes:
    """The message's bytes."""
    made = bytearray()
    for number, value in ((1, message.type_url.encode()), (2, message.value)):
        made += bytes((number << 3 | _LENGTH_DELIMITED,)) + _written(len(value)) + value
    return bytes(made)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    number = 0
    for place in range(10):
        if at >= len(data):
            raise Malformed("protobuf Any", "it is cut off")
        number |= (data[at] & 0x7F) << 7 * place
        at += 1
        if not data[at - 1] & 0x80:
            return number, at
    raise Malformed("protobuf Any", "a number of more than ten bytes")


def _written(number: int) -> bytes:
    made = bytearray()
    while True:
        byte, number = number & 0x7F, number >> 7
        made.append(byte | (0x80 if number else 0))
        if not number:
            return bytes(made)
