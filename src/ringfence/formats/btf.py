"""BTF, the kernel's description of its own types: at which offset a field of a structure lies on this very kernel.

Source: Documentation/bpf/btf.rst and include/uapi/linux/btf.h (Linux 6.18). Only what offsets need is read.
"""

import struct
from collections.abc import Callable

from ringfence.errors import LimitExceeded, Malformed

MAGIC = 0xEB9F
MAX_BYTES = 128 * 1024 * 1024
"""Most BTF taken at once; a distribution's kernel has about 6 MB."""
MAX_DEPTH = 32
"""Anonymous structures and modifiers followed in one look-up."""

_STRUCT, _UNION, _ENUM = 4, 5, 6
_MODIFIERS = frozenset({8, 9, 10, 11, 18})
"""Typedef, volatile, const, restrict, type tag: a name for another type."""
_FIXED = {1: 4, 2: 0, 3: 12, 7: 0, 8: 0, 9: 0, 10: 0, 11: 0, 12: 0, 14: 4, 16: 0, 17: 4, 18: 0}
"""Bytes that follow the common header, by kind, where their number does not hang on `vlen`."""
_EACH = {_STRUCT: 12, _UNION: 12, 6: 8, 13: 8, 15: 12, 19: 12}
"""Bytes for each of the `vlen` members, by kind."""


class Btf:
    """The types of one kernel. Numbers of types are those of the file, from 1 on."""

    def __init__(self, data: bytes, starts: list[int], named: dict[int, int], strings: int) -> None:
        self._data = data
        self._starts = starts
        self._named = named
        self._strings = strings

    def offset(self, structure: str, path: str) -> int:
        """The offset in bytes of a field such as `seccomp.filter_count` in `structure`. Raises `Malformed` without one."""
        return self._read(lambda: self._offset(structure, path))

    def has(self, structure: str, path: str) -> bool:
        """Whether the kernel has such a field."""
        try:
            self.offset(structure, path)
        except Malformed:
            return False
        return True

    def number(self, enumeration: str, name: str) -> int:
        """The value of a name of an `enum` on this kernel. Raises `Malformed` without one."""
        return self._read(lambda: self._number(enumeration, name))

    def _number(self, enumeration: str, name: str) -> int:
        at = self._starts[self._find(enumeration)]
        _, info, _ = struct.unpack_from("<III", self._data, at)
        for index in range(info & 0xFFFF if info >> 24 & 31 == _ENUM else 0):
            label, value = struct.unpack_from("<Ii", self._data, at + 12 + 8 * index)
            if self._name(label) == name:
                return int(value)
        raise Malformed("BTF", f"the kernel's {enumeration} has no name {name}")

    def _offset(self, structure: str, path: str) -> int:
        at, kind = 0, self._find(structure)
        for name in path.split("."):
            found = self._member(kind, name, MAX_DEPTH)
            if found is None:
                raise Malformed("BTF", f"the kernel's {structure} has no field {path}")
            at, kind = at + found[0], found[1]
        return at

    def _find(self, name: str) -> int:
        wanted = b"\0" + name.encode() + b"\0"
        at = self._data.find(wanted, self._strings)
        while at >= 0:
            if found := self._named.get(at + 1 - self._strings):
                return found
            at = self._data.find(wanted, at + 1)
        raise Malformed("BTF", f"the kernel has no structure {name}")

    def _member(self, kind: int, name: str, depth: int) -> tuple[int, int] | None:
        """Offset and type of a member, those of anonymous members counted as the structure's own."""
        for _ in range(MAX_DEPTH):
            _, info, target = struct.unpack_from("<III", self._data, self._starts[kind])
            if info >> 24 & 31 not in _MODIFIERS:
                break
            kind = target
        if info >> 24 & 31 not in (_STRUCT, _UNION) or depth == 0:
            return None
        for index in range(info & 0xFFFF):
            label, type_, where = struct.unpack_from("<III", self._data, self._starts[kind] + 12 + 12 * index)
            at = (where & 0xFFFFFF if info >> 31 else where) // 8
            if label and self._name(label) == name:
                return at, type_
            if not label and (inner := self._member(type_, name, depth - 1)):
                return at + inner[0], inner[1]
        return None

    def _name(self, at: int) -> str:
        end = self._data.index(b"\0", self._strings + at)
        return self._data[self._strings + at : end].decode("ascii", "replace")

    @staticmethod
    def _read(what: Callable[[], int]) -> int:
        try:
            return what()
        except (struct.error, IndexError, ValueError) as cause:
            raise Malformed("BTF", "a type points outside the file") from cause


def parse(data: bytes) -> Btf:
    """The types in the bytes of `/sys/kernel/btf/vmlinux`. Raises `Malformed`, or `LimitExceeded` past `MAX_BYTES`."""
    if len(data) > MAX_BYTES:
        raise LimitExceeded("bytes of BTF", MAX_BYTES)
    try:
        magic, _, _, header, types, types_size, strings, _ = struct.unpack_from("<HBBIIIII", data)
    except struct.error as cause:
        raise Malformed("BTF", "the header is cut off") from cause
    if magic != MAGIC:
        raise Malformed("BTF", "the magic number is not there")
    return _indexed(data, header + types, header + types + types_size, header + strings)


def _indexed(data: bytes, at: int, end: int, strings: int) -> Btf:
    unpack, starts, named = struct.Struct("<II").unpack_from, [0], {}
    end = min(end, len(data))
    while at + 12 <= end:
        name, info = unpack(data, at)
        kind, count = info >> 24 & 31, info & 0xFFFF
        if kind in (_STRUCT, _UNION, _ENUM) and name:
            named[name] = len(starts)
        starts.append(at)
        if kind in _FIXED:
            at += 12 + _FIXED[kind]
        elif kind in _EACH:
            at += 12 + _EACH[kind] * count
        else:
            raise Malformed("BTF", f"type {len(starts) - 1} is of the unknown kind {kind}")
    return Btf(data, starts, named, strings)
