"""eBPF byte code: instructions as the specification has them, jumps that land, faults named."""

import struct
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import Malformed
from ringfence.formats.bpf_code import FP, R0, R1, R2, Helper, Program

# Byte code of these lines as llvm-mc 14 assembles them (`llvm-mc -arch=bpfel -show-encoding`).
BY_LLVM: list[tuple[Callable[[Program], None], str]] = [
    (lambda it: it.copy(R1, R2), "bf21000000000000"),
    (lambda it: it.set(R1, 7), "b701000007000000"),
    (lambda it: it.set(R1, -1), "b7010000ffffffff"),
    (lambda it: it.set(R1, 0x1122334455667788), "18010000887766550000000044332211"),
    (lambda it: it.add(R2, -8), "07020000f8ffffff"),
    (lambda it: it.load(4, R0, R1, 16), "6110100000000000"),
    (lambda it: it.load(8, R0, R1, -8), "7910f8ff00000000"),
    (lambda it: it.store(2, FP, -2, R1), "6b1afeff00000000"),
    (lambda it: it.store_value(1, FP, -1, 5), "720affff05000000"),
    (lambda it: it.fetch_add(R0, 0, R1), "db10000001000000"),
    (lambda it: it.call(Helper.MAP_LOOKUP), "8500000001000000"),
    (lambda it: it.end(), "b7000000000000009500000000000000"),
]


@pytest.mark.parametrize(("write", "code"), BY_LLVM)
def test_an_instruction_is_what_the_assembler_of_llvm_makes(write: Callable[[Program], None], code: str) -> None:
    program = Program()
    write(program)
    assert program.code().hex() == code


@given(st.integers(0, 300), st.integers(0, 300))
def test_a_jump_lands_where_its_label_is(before: int, after: int) -> None:
    program = Program()
    for _ in range(before):
        program.add(R1, 1)
    program.jump_if(R1, "!=", 3, "there")
    for _ in range(after):
        program.add(R1, 1)
    program.label("there")
    program.end()
    assert struct.unpack_from("<BBhi", program.code(), 8 * before) == (0x55, 1, after, 3)


def test_a_jump_to_nowhere_is_named() -> None:
    program = Program()
    program.jump("nowhere")
    with pytest.raises(Malformed, match="nowhere"):
        program.code()


def test_a_label_given_twice_is_named() -> None:
    program = Program()
    program.label("here")
    with pytest.raises(Malformed, match="twice"):
        program.label("here")


def test_a_jump_too_far_is_named() -> None:
    program = Program()
    program.jump("far")
    for _ in range(33_000):
        program.add(R1, 1)
    program.label("far")
    with pytest.raises(Malformed, match="too far"):
        program.code()
