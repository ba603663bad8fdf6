"""Answers kept by what they were computed from: what did not change is not asked again.

A key is a digest of everything an answer depends on, so an answer never has to be taken back: another advisory, control or
kernel is another key. Whoever keeps answers (in memory, in a file) need know nothing of what they say.
"""

from collections.abc import Callable
from hashlib import blake2b
from typing import Protocol, TypeVar

import msgspec

from ringfence.errors import Malformed

Answer = TypeVar("Answer")
DIGEST_BYTES = 16
"""Bytes of a key: among the billions of answers of any fleet no two share one."""


class Memory(Protocol):
    """Where answers are kept: bytes by key. `asked` counts those that had to be found anew."""

    asked: int

    def get(self, key: bytes) -> bytes | None:
        """The answer kept under `key`."""

    def put(self, key: bytes, answer: bytes) -> None:
        """Keeps an answer."""


def digest(*parts: bytes) -> bytes:
    """A digest of parts in their order; where one ends and the next begins counts."""
    made = blake2b(digest_size=DIGEST_BYTES)
    for part in parts:
        made.update(len(part).to_bytes(8, "big"))
        made.update(part)
    return made.digest()


def written(value: object) -> bytes:
    """A value as bytes, the same for equal values."""
    return msgspec.json.encode(value, order="deterministic")


def recalled(memory: Memory | None, key: bytes, kind: type[Answer], find: Callable[[], Answer]) -> Answer:
    """The answer under `key`, found by `find` and kept if it is not there."""
    if memory is None:
        return find()
    kept = memory.get(key)
    if kept is not None:
        try:
            return msgspec.msgpack.decode(kept, type=kind)
        except msgspec.DecodeError as cause:
            raise Malformed("kept answer", str(cause)) from cause
    memory.asked += 1
    found = find()
    memory.put(key, msgspec.msgpack.encode(found))
    return found
