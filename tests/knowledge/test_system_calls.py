"""The tables of system calls agree with the headers of this machine and with themselves."""

import re
from pathlib import Path

import pytest

from ringfence.errors import Unavailable
from ringfence.knowledge.system_calls import known_names, system_calls

HEADERS = Path("/usr/include/x86_64-linux-gnu/asm")
ARCHITECTURES = ("x86_64", "i386", "aarch64")


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_number_has_one_name(architecture: str) -> None:
    table = system_calls(architecture)
    assert table.architecture == architecture
    assert table.sources
    assert len(set(table.numbers.values())) == len(table.numbers)
    assert len(table.numbers) > 300


@pytest.mark.parametrize(("architecture", "header"), [("x86_64", "unistd_64.h"), ("i386", "unistd_32.h")])
def test_the_numbers_are_those_of_the_header(architecture: str, header: str) -> None:
    if not (HEADERS / header).exists():
        pytest.skip("missing: linux-libc-dev")
    found = re.findall(r"#define __NR_(\w+)\s+(\d+)", (HEADERS / header).read_text(encoding="ascii"))
    table = system_calls(architecture).numbers
    assert found
    assert {name: table.get(name) for name, _ in found} == {name: int(number) for name, number in found}


def test_calls_since_5_1_have_the_same_number_everywhere() -> None:
    """From 424 on all architectures share their numbers (Documentation/process/adding-syscalls.rst)."""
    tables = [system_calls(name).numbers for name in ARCHITECTURES]
    for name, number in tables[0].items():
        if number >= 424:
            assert {table.get(name, number) for table in tables} == {number}, name


def test_an_unknown_architecture_is_named() -> None:
    with pytest.raises(Unavailable, match="pdp11"):
        system_calls("pdp11")


def test_names_of_all_tables_are_known() -> None:
    assert {"openat", "socketcall", "clone3", "mseal"} <= known_names()
