"""OpenPGP packets: where each begins and ends, and for whom a message is encrypted.

Source: RFC 9580, sections 4.2 (headers), 5.1 (public-key encrypted session keys). Also reads the partial lengths below 512
bytes that Go's old x/crypto/openpgp writes against the standard.
"""

from collections.abc import Iterator
from typing import NamedTuple

from ringfence.errors import LimitExceeded, Malformed

PKESK, SIGNATURE, ONE_PASS, SECRET_KEY, COMPRESSED, LITERAL, SEIPD, SECRET_SUBKEY = 1, 2, 4, 5, 8, 11, 18, 7
MAX_PACKETS = 10_000
"""Packets of one message or keyring."""
MAX_BYTES = 16 * 1024 * 1024
"""Bytes of one message: wrapped keys and signed claims are below a kilobyte, keyrings below a megabyte."""


class Packet(NamedTuple):
    """A packet's tag and body, partial bodies joined."""

    tag: int
    body: bytes


def packets(data: bytes) -> Iterator[Packet]:
    """The packets of binary OpenPGP data. Raises `Malformed` or `LimitExceeded`."""
    if len(data) > MAX_BYTES:
        raise LimitExceeded("bytes of OpenPGP data", MAX_BYTES)
    at = 0
    for _ in range(MAX_PACKETS):
        if at == len(data):
            return
        head = data[at]
        if not head & 0x80:
            raise Malformed("OpenPGP", "a packet begins with a byte that is no tag")
        tag, body, at = (_new if head & 0x40 else _old)(data, at, head)
        yield Packet(tag, body)
    raise LimitExceeded("packets of OpenPGP data", MAX_PACKETS)


def _old(data: bytes, at: int, head: int) -> tuple[int, bytes, int]:
    kind, start = head & 3, at + 1
    if kind == 3:
        return head >> 2 & 15, data[start:], len(data)
    width = 1 << kind
    length = int.from_bytes(_exactly(data, start, width), "big")
    return head >> 2 & 15, _exactly(data, start + width, length), start + width + length


def _new(data: bytes, at: int, head: int) -> tuple[int, bytes, int]:
    body = bytearray()
    at += 1
    while True:
        first = _exactly(data, at, 1)[0]
        partial = 224 <= first < 255
        if first < 192:
            length, at = first, at + 1
        elif first < 224:
            length, at = ((first - 192) << 8) + _exactly(data, at + 1, 1)[0] + 192, at + 2
        elif partial:
            length, at = 1 << (first & 0x1F), at + 1
        else:
            length, at = int.from_bytes(_exactly(data, at + 1, 4), "big"), at + 5
        body += _exactly(data, at, length)
        at += length
        if not partial:
            return head & 0x3F, bytes(body), at


def _exactly(data: bytes, at: int, size: int) -> bytes:
    found = data[at : at + size]
    if len(found) != size:
        raise Malformed("OpenPGP", "it is cut off")
    return found


def recipients(message: bytes) -> tuple[str, ...]:
    """Key ids or fingerprints (hex) a message is encrypted for; all zeros where the sender hid it. Raises `Malformed`."""
    found: list[str] = []
    for packet in packets(message):
        if packet.tag != PKESK:
            break
        body = packet.body
        if body[:1] == b"\x03" and len(body) >= 9:
            found.append(body[1:9].hex())
        elif body[:1] == b"\x06" and len(body) > 3:
            found.append(body[3 : 2 + body[1]].hex())
        else:
            raise Malformed("OpenPGP", "an encrypted session key of an unknown version")
    return tuple(found)


def multiprecision(body: bytes, at: int) -> tuple[int, int]:
    """The number at `at` (RFC 9580, 3.2) and where it ends. Raises `Malformed`."""
    bits = int.from_bytes(_exactly(body, at, 2), "big")
    width = (bits + 7) // 8
    return int.from_bytes(_exactly(body, at + 2, width), "big"), at + 2 + width
