"""The door to eBPF: the system call bpf(2), through ctypes. No compiler, no libbpf, no binary object.

Sources: bpf(2); `union bpf_attr` in include/uapi/linux/bpf.h (Linux 6.18).
"""

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Iterator
from typing import Self

from ringfence.errors import Unavailable

_NUMBERS = {"x86_64": 321, "aarch64": 280}
"""The number of bpf(2), by machine."""
_ATTRIBUTES = 128
_MAP_CREATE, _LOOKUP, _UPDATE, _NEXT_KEY, _PROG_LOAD, _RAW_TRACEPOINT_OPEN = 0, 1, 2, 4, 5, 17
_RAW_TRACEPOINT = 17
"""BPF_PROG_TYPE_RAW_TRACEPOINT."""
HASH, ARRAY, PERCPU_ARRAY = 1, 2, 6
"""Map types."""
NO_PREALLOC = 1
"""A hash map takes memory only for what is in it."""
_LOG_BYTES = 1 << 20

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


class Map:
    """A map of the kernel with keys and values of fixed size in bytes."""

    def __init__(self, kind: int, key: int, value: int, entries: int, flags: int = 0) -> None:
        self.key_size = key
        self.value_size = value
        self.handle = _bpf(_MAP_CREATE, struct.pack("<IIIII", kind, key, value, entries, flags))

    def get(self, key: bytes) -> bytes | None:
        """The value of a key, or None."""
        held, value = ctypes.create_string_buffer(key, self.key_size), ctypes.create_string_buffer(self.value_size)
        try:
            _bpf(_LOOKUP, struct.pack("<IxxxxQQQ", self.handle, ctypes.addressof(held), ctypes.addressof(value), 0))
        except FileNotFoundError:
            return None
        return value.raw

    def put(self, key: bytes, value: bytes) -> None:
        """Sets the value of a key."""
        held, given = ctypes.create_string_buffer(key, self.key_size), ctypes.create_string_buffer(value, self.value_size)
        _bpf(_UPDATE, struct.pack("<IxxxxQQQ", self.handle, ctypes.addressof(held), ctypes.addressof(given), 0))

    def keys(self) -> Iterator[bytes]:
        """Every key. Keys added meanwhile may be missed; one taken away meanwhile starts the walk anew."""
        here, following = ctypes.create_string_buffer(self.key_size), ctypes.create_string_buffer(self.key_size)
        at = 0
        while True:
            try:
                _bpf(_NEXT_KEY, struct.pack("<IxxxxQQ", self.handle, at, ctypes.addressof(following)))
            except FileNotFoundError:
                return
            ctypes.memmove(here, following, self.key_size)
            at = ctypes.addressof(here)
            yield here.raw

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """Every key with its value, those taken away meanwhile left out."""
        for key in self.keys():
            value = self.get(key)
            if value is not None:
                yield key, value


class Probes:
    """Programs that run at tracepoints of the kernel for as long as this is open; closed, they and their maps are gone."""

    def __init__(self) -> None:
        self._handles: list[int] = []

    def map(self, kind: int, key: int, value: int, entries: int, flags: int = 0) -> Map:
        """A new map. Raises `Unavailable`."""
        try:
            made = Map(kind, key, value, entries, flags)
        except OSError as cause:
            raise _refused(cause, "a map") from cause
        self._handles.append(made.handle)
        return made

    def attach(self, code: bytes, tracepoint: str) -> bool:
        """Loads a program and hangs it at a raw tracepoint; False if this kernel has no such tracepoint.

        Raises `Unavailable` if it may not be loaded or the kernel's verifier refuses it.
        """
        program = _load(code, tracepoint)
        self._handles.append(program)
        name = ctypes.create_string_buffer(tracepoint.encode())
        try:
            link = _bpf(_RAW_TRACEPOINT_OPEN, struct.pack("<QIIQ", ctypes.addressof(name), program, 0, 0))
        except FileNotFoundError:
            return False
        except OSError as cause:
            raise _refused(cause, f"the tracepoint {tracepoint}") from cause
        self._handles.append(link)
        return True

    def close(self) -> None:
        """Takes every program and map away."""
        while self._handles:
            os.close(self._handles.pop())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _load(code: bytes, name: str) -> int:
    instructions = ctypes.create_string_buffer(code, len(code))
    licence = ctypes.create_string_buffer(b"GPL")
    log = ctypes.create_string_buffer(_LOG_BYTES)
    for level, size, where in ((0, 0, 0), (1, _LOG_BYTES, ctypes.addressof(log))):
        attributes = struct.pack(
            "<IIQQIIQII16s",
            _RAW_TRACEPOINT,
            len(code) // 8,
            ctypes.addressof(instructions),
            ctypes.addressof(licence),
            level,
            size,
            where,
            0,
            0,
            name.encode()[:15],
        )
        try:
            return _bpf(_PROG_LOAD, attributes)
        except OSError as cause:
            # The second time only to hear the verifier's reason.
            if level or cause.errno in (errno.EPERM, errno.ENOSYS):
                said = [line for line in log.value.decode("utf-8", "replace").splitlines() if line][-3:-1]
                raise _refused(cause, f"the program for {name} {' '.join(said)}".strip()) from cause
    raise Unavailable("gave no answer", where="bpf(2)")


def _bpf(command: int, attributes: bytes) -> int:
    """The system call itself. Raises `OSError`."""
    number = _NUMBERS.get(platform.machine())
    if number is None:
        raise OSError(errno.ENOSYS, f"bpf(2) has no number here for {platform.machine()}")
    buffer = ctypes.create_string_buffer(attributes, max(len(attributes), _ATTRIBUTES))
    answer: int = _libc.syscall(number, command, buffer, len(buffer))
    if answer < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return answer


def _refused(cause: OSError, what: str) -> Unavailable:
    if cause.errno == errno.EPERM:
        mend = "run as root (CAP_BPF and CAP_PERFMON), or record a command with --method notify"
        return Unavailable(f"may not load {what}", where="eBPF", mend=mend)
    if cause.errno == errno.ENOSYS:
        return Unavailable("this kernel has none", where="eBPF", mend="record a command with --method notify")
    mend = "record a command with --method notify, and report the kernel's release"
    return Unavailable(f"the kernel refused {what}: {cause.strerror}", where="eBPF", mend=mend)
