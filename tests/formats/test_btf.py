"""BTF: offsets of fields, also through anonymous unions and typedefs, and any bytes are survived."""

import contextlib
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import btf
from ringfence.formats.btf import parse

KERNEL = Path("/sys/kernel/btf/vmlinux")


def kind(number: int, members: int = 0, bitfields: int = 0) -> int:
    return bitfields << 31 | number << 24 | members


def made() -> bytes:
    """struct inner { int a, b; }; typedef struct inner inner_t; struct outer { int x; union { inner_t in; int raw; }; };"""
    strings = b"\0int\0inner\0a\0b\0inner_t\0outer\0x\0in\0raw\0"
    at = {name: strings.index(b"\0" + name.encode() + b"\0") + 1 for name in strings.decode().split("\0")[1:-1]}
    types = b"".join(
        (
            struct.pack("<IIII", at["int"], kind(1), 4, 32),
            struct.pack("<III", at["inner"], kind(4, 2), 8) + struct.pack("<6I", at["a"], 1, 0, at["b"], 1, 32),
            struct.pack("<III", at["inner_t"], kind(8), 2),
            struct.pack("<III", 0, kind(5, 2), 8) + struct.pack("<6I", at["in"], 3, 0, at["raw"], 1, 0),
            struct.pack("<III", at["outer"], kind(4, 2, 1), 12) + struct.pack("<6I", at["x"], 1, 0, 0, 4, 32),
        )
    )
    return struct.pack("<HBBIIIII", btf.MAGIC, 1, 0, 24, 0, len(types), len(types), len(strings)) + types + strings


@pytest.mark.parametrize(("path", "offset"), [("x", 0), ("in", 4), ("in.a", 4), ("in.b", 8), ("raw", 4)])
def test_offsets_follow_anonymous_unions_and_typedefs(path: str, offset: int) -> None:
    assert parse(made()).offset("outer", path) == offset


@pytest.mark.parametrize(("structure", "path"), [("outer", "y"), ("outer", "x.a"), ("nothing", "x"), ("int", "x")])
def test_what_is_not_there_is_named(structure: str, path: str) -> None:
    assert not parse(made()).has(structure, path)
    with pytest.raises(Malformed, match=f"{structure}|{path}"):
        parse(made()).offset(structure, path)


@given(st.binary(max_size=400))
def test_any_bytes_are_btf_or_malformed(data: bytes) -> None:
    for candidate in (data, made()[:24] + data, struct.pack("<H", btf.MAGIC) + data):
        try:
            types = parse(candidate)
        except Malformed:
            continue
        types.has("outer", "in.a")


@given(st.integers(0, len(made()) - 1), st.integers(0, 255))
def test_a_changed_byte_is_survived(at: int, value: int) -> None:
    data = bytearray(made())
    data[at] = value
    with contextlib.suppress(Malformed):
        parse(bytes(data)).has("outer", "in.a")


def test_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(btf, "MAX_BYTES", 10)
    with pytest.raises(LimitExceeded):
        parse(made())


@pytest.mark.skipif(not KERNEL.exists(), reason="missing: a kernel with CONFIG_DEBUG_INFO_BTF")
def test_this_kernels_types_have_what_every_kernel_has() -> None:
    types = parse(KERNEL.read_bytes())
    assert types.offset("list_head", "next") == 0
    assert types.offset("list_head", "prev") == 8
    assert types.has("task_struct", "seccomp.filter_count.counter")
    assert not types.has("task_struct", "no_such_field")


@pytest.mark.skipif(not KERNEL.exists(), reason="this kernel gives no BTF")
def test_the_numbers_of_a_kernels_enumeration() -> None:
    types = parse(KERNEL.read_bytes())
    assert types.number("pid_type", "PIDTYPE_TGID") == 1, "include/linux/pid_types.h"
    with pytest.raises(Malformed, match="no name PIDTYPE_NONE"):
        types.number("pid_type", "PIDTYPE_NONE")
    with pytest.raises(Malformed, match="task_struct"):
        types.number("task_struct", "pid")
