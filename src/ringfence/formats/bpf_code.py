"""eBPF byte code, put together instruction by instruction with labels for jumps.

Source: Documentation/bpf/standardization/instruction-set.rst and include/uapi/linux/bpf.h (Linux 6.18). This is a pure
format: nothing here knows what a program is for, or loads it.
"""

import struct
from enum import IntEnum

from ringfence.errors import Malformed

R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, FP = range(11)
"""Registers: R0 is the answer, R1 to R5 the arguments of a call, R6 to R9 survive one, FP is the end of the stack."""

MAX_INSTRUCTIONS = 32_767
"""A jump reaches this far (16 bits, signed)."""


class Helper(IntEnum):
    """Numbers of the kernel's helper functions, from `___BPF_FUNC_MAPPER` in include/uapi/linux/bpf.h."""

    MAP_LOOKUP = 1
    MAP_UPDATE = 2
    MAP_DELETE = 3
    GET_CURRENT_PID_TGID = 14
    GET_STACK = 67
    PROBE_READ_USER = 112
    PROBE_READ_KERNEL = 113
    PROBE_READ_USER_STR = 114
    PROBE_READ_KERNEL_STR = 115
    GET_CURRENT_TASK_BTF = 158
    TASK_PT_REGS = 175


_SIZES = {1: 0x10, 2: 0x08, 4: 0x00, 8: 0x18}
_JUMPS = {"always": 0x05, "==": 0x15, ">": 0x25, ">=": 0x35, "&": 0x45, "!=": 0x55, "<": 0xA5, "<=": 0xB5}
"""Unsigned comparisons of 64 bits, by how one would write them."""


class Program:
    """Instructions so far. Every method appends; `code` gives the bytes."""

    def __init__(self) -> None:
        self._rows: list[tuple[int, int, int, int, int]] = []
        self._labels: dict[str, int] = {}
        self._jumps: list[tuple[int, str]] = []
        self._names = 0

    def __len__(self) -> int:
        return len(self._rows)

    def fresh(self, stem: str) -> str:
        """A label nobody else has."""
        self._names += 1
        return f"{stem}#{self._names}"

    def copy(self, to: int, source: int) -> None:
        """Register to register."""
        self._add(0xBF, to, source)

    def set(self, to: int, value: int) -> None:
        """A register to a constant of 32 bits, sign-extended; to one of 64 bits where it needs them."""
        if -(1 << 31) <= value < 1 << 31:
            self._add(0xB7, to, value=value)
        else:
            self._wide(to, 0, value)

    def add(self, to: int, value: int) -> None:
        """A constant added."""
        self._add(0x07, to, value=value)

    def add_register(self, to: int, source: int) -> None:
        """A register added."""
        self._add(0x0F, to, source)

    def shift_left(self, to: int, bits: int) -> None:
        """Shifted left."""
        self._add(0x67, to, value=bits)

    def shift_right(self, to: int, bits: int) -> None:
        """Shifted right, zeros coming in."""
        self._add(0x77, to, value=bits)

    def keep_bits(self, to: int, mask: int) -> None:
        """Bits outside `mask` cleared."""
        self._add(0x57, to, value=mask)

    def join_bits(self, to: int, source: int) -> None:
        """Bits of another register set too."""
        self._add(0x4F, to, source)

    def load(self, size: int, to: int, base: int, offset: int = 0) -> None:
        """`size` bytes of memory into a register."""
        self._add(0x61 | _SIZES[size], to, base, offset)

    def store(self, size: int, base: int, offset: int, source: int) -> None:
        """A register into `size` bytes of memory."""
        self._add(0x63 | _SIZES[size], base, source, offset)

    def store_value(self, size: int, base: int, offset: int, value: int) -> None:
        """A constant into `size` bytes of memory."""
        self._add(0x62 | _SIZES[size], base, 0, offset, value)

    def fetch_add(self, base: int, offset: int, source: int) -> None:
        """64 bits of memory increased by a register, atomically; the register then holds what was there before."""
        self._add(0xDB, base, source, offset, 0x01)

    def map(self, to: int, handle: int) -> None:
        """The map behind a file descriptor into a register."""
        self._wide(to, 1, handle)

    def call(self, helper: Helper) -> None:
        """A helper of the kernel called."""
        self._add(0x85, value=helper)

    def label(self, name: str) -> None:
        """The place jumps to `name` go to. Raises `Malformed` if there is one already."""
        if name in self._labels:
            raise Malformed("eBPF program", f"the label {name} is given twice")
        self._labels[name] = len(self._rows)

    def jump(self, to: str) -> None:
        """A jump in any case."""
        self._jump(_JUMPS["always"], 0, 0, 0, to)

    def jump_if(self, register: int, how: str, value: int, to: str) -> None:
        """A jump if the register compares so with a constant."""
        self._jump(_JUMPS[how], register, 0, value, to)

    def jump_if_register(self, register: int, how: str, other: int, to: str) -> None:
        """A jump if the register compares so with another."""
        self._jump(_JUMPS[how] | 8, register, other, 0, to)

    def end(self) -> None:
        """The program ends with 0."""
        self.set(R0, 0)
        self._add(0x95)

    def code(self) -> bytes:
        """The byte code. Raises `Malformed` for a jump to nowhere or too far."""
        rows = list(self._rows)
        for at, name in self._jumps:
            if name not in self._labels:
                raise Malformed("eBPF program", f"a jump goes to {name}, which is nowhere")
            distance = self._labels[name] - at - 1
            if abs(distance) > MAX_INSTRUCTIONS:
                raise Malformed("eBPF program", f"the jump to {name} is too far")
            code, to, source, _, value = rows[at]
            rows[at] = (code, to, source, distance, value)
        return b"".join(struct.pack("<BBhi", code, to | source << 4, off, value) for code, to, source, off, value in rows)

    def _jump(self, code: int, register: int, other: int, value: int, to: str) -> None:
        self._jumps.append((len(self._rows), to))
        self._add(code, register, other, 0, value)

    def _wide(self, to: int, kind: int, value: int) -> None:
        low, high = struct.unpack("<ii", struct.pack("<Q", value & (1 << 64) - 1))
        self._add(0x18, to, kind, 0, low)
        self._add(0, value=high)

    def _add(self, code: int, to: int = 0, source: int = 0, offset: int = 0, value: int = 0) -> None:
        self._rows.append((code, to, source, offset, value))
