"""The machine code of one module: per function, what it calls, which data it refers to, and its system calls.

Constants are followed through registers within a function, so that the number in RAX at a `syscall` instruction is known. A
function that makes a system call whose number it was given is a wrapper: its callers' constants are looked at.
"""

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field

from iced_x86 import Decoder, FlowControl, Instruction, Mnemonic, OpKind, Register

from ringfence.record.static.module import Module

RAX, RCX, RDI, R11 = 0, 1, 7, 11
GIVEN = {RDI: "rdi", RAX: "rax"}
"""A register that holds what the function was given in it: the C convention's first argument, Go's first."""
_PRESERVED = frozenset({3, 5, 12, 13, 14, 15})
"""RBX, RBP, R12 to R15 survive a call."""
_IMMEDIATE = frozenset(
    {OpKind.IMMEDIATE32, OpKind.IMMEDIATE64, OpKind.IMMEDIATE32TO64, OpKind.IMMEDIATE8, OpKind.IMMEDIATE8TO32,
     OpKind.IMMEDIATE8TO64}
)  # fmt: skip
_NO_WRITE = frozenset({Mnemonic.CMP, Mnemonic.TEST, Mnemonic.PUSH, Mnemonic.CALL, Mnemonic.JMP, Mnemonic.NOP})
_CALLS = frozenset({FlowControl.CALL, FlowControl.INDIRECT_CALL})
_FLOW = _CALLS | {FlowControl.UNCONDITIONAL_BRANCH, FlowControl.CONDITIONAL_BRANCH, FlowControl.INDIRECT_BRANCH}
_WIDE = ("RAX", "RCX", "RDX", "RBX", "RSP", "RBP", "RSI", "RDI", *(f"R{number}" for number in range(8, 16)))
_HALF = ("EAX", "ECX", "EDX", "EBX", "ESP", "EBP", "ESI", "EDI", *(f"R{number}D" for number in range(8, 16)))
_NUMBER = {getattr(Register, name): number for names in (_WIDE, _HALF) for number, name in enumerate(names)}

Value = int | str


@dataclass(slots=True)
class Function:
    """What one function does. `unresolved` are addresses of system calls whose number could not be told."""

    targets: set[int] = field(default_factory=set)
    imports: set[str] = field(default_factory=set)
    data: set[int] = field(default_factory=set)
    numbers: set[int] = field(default_factory=set)
    unresolved: set[int] = field(default_factory=set)
    wrapper: int | None = None
    """The register in which it is given the number of a system call."""


@dataclass(slots=True)
class Code:
    """A module's functions by their start, and who calls what with which constants in RDI and RAX."""

    functions: dict[int, Function] = field(default_factory=lambda: defaultdict(Function))
    callers: dict[int | str, list[tuple[int, Value | None, Value | None]]] = field(default_factory=lambda: defaultdict(list))
    instructions: int = 0


class _Scan:
    """One walk over a section, function by function."""

    def __init__(self, module: Module, code: Code) -> None:
        self.module, self.code = module, code
        bounds = [(base, base + len(data)) for base, data in module.code]
        self.low, self.high = min(base for base, _ in bounds), max(end for _, end in bounds)
        self.start, self.end = 0, 0
        self.function = Function()
        self.registers: dict[int, Value] = {}

    def section(self, base: int, data: bytes) -> None:
        """Every instruction of a section."""
        self._enter(base, base)
        for instruction in Decoder(64, data, ip=base):
            self.code.instructions += 1
            if instruction.ip >= self.end:
                self._enter(instruction.ip, base)
            self._instruction(instruction)

    def _enter(self, address: int, base: int) -> None:
        starts = self.module.starts
        at = bisect_right(starts, address) - 1
        self.start = starts[at] if at >= 0 and starts[at] >= base else base
        self.end = starts[at + 1] if at + 1 < len(starts) else 1 << 62
        self.function = self.code.functions[self.start]
        self.registers = dict(GIVEN)

    def _instruction(self, item: Instruction) -> None:
        if item.mnemonic == Mnemonic.SYSCALL:
            self._system_call(item.ip)
            return
        if item.op_count:
            self._write(item)
        if item.flow_control in _FLOW:
            self._flow(item)
        if item.is_ip_rel_memory_operand:
            self._refer(item)
        elif item.mnemonic == Mnemonic.MOV and item.op1_kind in _IMMEDIATE:
            value = item.immediate(1)
            if self.low <= value < self.high:
                self.function.targets.add(value)
            elif self.module.fixed:
                self.function.data.add(value)

    def _system_call(self, address: int) -> None:
        value = self.registers.get(RAX)
        if isinstance(value, int):
            self.function.numbers.add(value & 0xFFFFFFFF)
        elif value is None:
            self.function.unresolved.add(address)
        else:
            self.function.wrapper = RDI if value == GIVEN[RDI] else RAX
        for register in (RAX, RCX, R11):
            self.registers.pop(register, None)

    def _write(self, item: Instruction) -> None:
        """What a register holds after the instruction."""
        register = _NUMBER.get(item.op0_register)
        if register is None:
            return
        if item.mnemonic == Mnemonic.MOV:
            value: Value | None = None
            if item.op1_kind in _IMMEDIATE:
                value = item.immediate(1)
            elif item.op1_kind == OpKind.REGISTER:
                source = _NUMBER.get(item.op1_register)
                value = self.registers.get(source) if source is not None else None
            if value is None:
                self.registers.pop(register, None)
            else:
                self.registers[register] = value
        elif item.mnemonic == Mnemonic.XOR and item.op1_kind == OpKind.REGISTER and item.op1_register == item.op0_register:
            self.registers[register] = 0
        elif item.mnemonic not in _NO_WRITE:
            self.registers.pop(register, None)

    def _flow(self, item: Instruction) -> None:
        target: int | str | None = None
        if item.op0_kind == OpKind.NEAR_BRANCH64:
            target = item.near_branch_target
            if not self.start <= target < self.end:
                self.function.targets.add(target)
        elif item.is_ip_rel_memory_operand:
            target = self.module.slots.get(item.ip_rel_memory_address)
        if item.flow_control in _CALLS:
            if target is not None:
                self.code.callers[target].append((self.start, self.registers.get(RDI), self.registers.get(RAX)))
            self.registers = {number: value for number, value in self.registers.items() if number in _PRESERVED}

    def _refer(self, item: Instruction) -> None:
        address = item.ip_rel_memory_address
        if name := self.module.slots.get(address):
            self.function.imports.add(name)
        if item.mnemonic == Mnemonic.LEA and self.low <= address < self.high:
            self.function.targets.add(address)
        else:
            self.function.data.add(address)


def scan(module: Module) -> Code:
    """The code of a module, read once."""
    code = Code()
    if module.code:
        walk = _Scan(module, code)
        for base, data in module.code:
            walk.section(base, data)
    return code


def stub_name(module: Module, address: int) -> str | None:
    """The imported name that a stub of the linkage table jumps to; empty for a stub of none, None for what is no stub."""
    if not any(start <= address < end for start, end in module.stubs):
        return None
    for base, data in module.code:
        if base <= address < base + len(data):
            for item in Decoder(64, data[address - base : address - base + 16], ip=address):
                if item.is_ip_rel_memory_operand:
                    return module.slots.get(item.ip_rel_memory_address, "")
    return ""
