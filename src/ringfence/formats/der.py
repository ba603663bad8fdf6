"""DER, as much of it as CMS needs: tags of one byte, definite lengths of at most four bytes.

Source: ITU-T X.690. Also accepts the primitive SEQUENCE (tag 0x10) that some Go libraries write where a constructed one
belongs.
"""

from typing import NamedTuple

from ringfence.errors import Malformed

SEQUENCE, SET, INTEGER, OCTETS, OBJECT = 0x30, 0x31, 0x02, 0x04, 0x06
MAX_CHILDREN = 10_000
"""Values inside one value."""


class Value(NamedTuple):
    """One value: its tag, its content, and the whole of it with tag and length."""

    tag: int
    content: bytes
    whole: bytes

    def children(self) -> "tuple[Value, ...]":
        """The values its content is made of. Raises `Malformed`."""
        found: list[Value] = []
        at = 0
        while at < len(self.content):
            if len(found) == MAX_CHILDREN:
                raise Malformed("DER", f"one value holds more than {MAX_CHILDREN:,}")
            found.append(_value(self.content, at))
            at += len(found[-1].whole)
        return tuple(found)

    def integer(self) -> int:
        """An INTEGER. Raises `Malformed`."""
        if self.tag != INTEGER or not self.content:
            raise Malformed("DER", "an INTEGER was expected")
        return int.from_bytes(self.content, "big", signed=True)


def parse(data: bytes) -> Value:
    """The one value that `data` is. Raises `Malformed` if something follows it."""
    found = _value(data, 0)
    if len(found.whole) != len(data):
        raise Malformed("DER", "something follows the value")
    return found


def _value(data: bytes, at: int) -> Value:
    if at + 2 > len(data):
        raise Malformed("DER", "it is cut off")
    tag, length, start = data[at], data[at + 1], at + 2
    if tag & 0x1F == 0x1F:
        raise Malformed("DER", "a tag of several bytes")
    if length & 0x80:
        digits = length & 0x7F
        if not 1 <= digits <= 4 or start + digits > len(data):
            raise Malformed("DER", "a length that is indefinite, cut off or of more than four bytes")
        length = int.from_bytes(data[start : start + digits], "big")
        start += digits
    end = start + length
    if end > len(data):
        raise Malformed("DER", "it is cut off")
    return Value(tag, data[start:end], data[at:end])


def write(tag: int, *parts: bytes) -> bytes:
    """A value made of parts."""
    content = b"".join(parts)
    if len(content) < 0x80:
        return bytes((tag, len(content))) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def write_integer(number: int) -> bytes:
    """An INTEGER in as few bytes as it needs."""
    return write(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


def write_object(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER (X.690, 8.19)."""
    first, second, *rest = (int(part) for part in dotted.split("."))
    content = bytearray()
    for number in (first * 40 + second, *rest):
        digits = [number & 0x7F]
        while number := number >> 7:
            digits.append(number & 0x7F | 0x80)
        content += bytes(reversed(digits))
    return write(OBJECT, bytes(content))
