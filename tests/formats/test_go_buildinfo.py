"""Go's build information in ELF files made here, in both forms, and in any bytes."""

import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import elf, go_buildinfo
from ringfence.formats.go_buildinfo import GoModule

BASE = 0x400000
AT = 4096
FRAME = b"0123456789abcdef"
TEXT = (
    "path\tgithub.com/opencontainers/runc\nmod\tgithub.com/opencontainers/runc\tv1.1.12\th1:x=\n"
    "dep\tgolang.org/x/sys\tv0.1.0\th1:y=\ndep\tgolang.org/x/net\tv0.2.0\n=>\tgithub.com/a/net\tv0.9.0\th1:z=\n"
    'build\t-ldflags="-X main.gitCommit=v1.1.12-0-g51d5 -X main.version=1.1.12"\nbuild\tCGO_ENABLED=1\n'
)


def varint(number: int) -> bytes:
    out = b""
    while number >= 0x80:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def program(block: bytes) -> bytes:
    """A little-endian ELF64 file with one writable segment that holds `block`."""
    header = b"\x7fELF\x02\x01\x01" + bytes(9)
    header += struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, BASE, 64, 0, 0, 64, 56, 1, 64, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 6, AT, BASE, BASE, len(block), len(block), 4096)
    return (header + segment).ljust(AT, b"\0") + block


def inline(go: str, text: str) -> bytes:
    framed = FRAME + text.encode() + FRAME if text else b""
    head = go_buildinfo.MAGIC + bytes([8, 2])
    return head.ljust(32, b"\0") + varint(len(go)) + go.encode() + varint(len(framed)) + framed


def pointed(go: str, text: str) -> bytes:
    framed = FRAME + text.encode() + FRAME
    head = go_buildinfo.MAGIC + bytes([8, 0]) + struct.pack("<QQ", BASE + 32, BASE + 48)
    strings = BASE + 64
    return (
        head
        + struct.pack("<QQ", strings, len(go))
        + struct.pack("<QQ", strings + len(go), len(framed))
        + go.encode()
        + framed
    )


@pytest.mark.parametrize("form", [inline, pointed])
def test_both_forms(form: object) -> None:
    assert callable(form)
    read = go_buildinfo.parse(program(form("go1.20.13", TEXT)))
    assert read.go == "go1.20.13"
    assert read.path == "github.com/opencontainers/runc"
    assert read.main == GoModule(path="github.com/opencontainers/runc", version="v1.1.12")
    assert read.modules == (
        GoModule(path="golang.org/x/sys", version="v0.1.0"),
        GoModule(path="github.com/a/net", version="v0.9.0"),
    )
    assert read.settings["CGO_ENABLED"] == "1"
    assert read.linked_version == "1.1.12"


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("path\ta\nmod\ta\tv1.7.2\n", "1.7.2"),
        ("path\ta\nmod\ta\t(devel)\n", ""),
        ("path\ta\nmod\ta\t(devel)\nbuild\t-ldflags=-X=github.com/moby/x/version.Version=v2.0.0-rc.1\n", "2.0.0-rc.1"),
        ("path\ta\nbuild\t-ldflags=-X a/b.gitCommit=12.3\n", ""),
        ("", ""),
    ],
)
def test_the_version_comes_from_the_linker_or_the_module(text: str, version: str) -> None:
    assert go_buildinfo.parse(program(inline("go1.22", text))).linked_version == version


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x7fELF",
        program(b"no Go here"),
        program(go_buildinfo.MAGIC),
        program(inline("", TEXT)),
        program(go_buildinfo.MAGIC + bytes([8, 2]) + bytes(16) + b"\xff" * 20),
        program(go_buildinfo.MAGIC + bytes([8, 2]) + bytes(16) + varint(1 << 30)),
        program(go_buildinfo.MAGIC + bytes([5, 0]) + bytes(32)),
        program(go_buildinfo.MAGIC + bytes([8, 0]) + struct.pack("<QQ", 1, 1)),
    ],
)
def test_what_go_did_not_build_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        go_buildinfo.parse(data)


def test_sections_of_a_real_program() -> None:
    with open("/proc/self/exe", "rb") as file:
        read = elf.parse(file.read())
    assert read.section(".text") is not None
    assert read.segments


@pytest.mark.skipif(shutil.which("go") is None, reason="needs Go's compiler, whose own reader is the oracle")
def test_go_itself_says_the_same() -> None:
    path = Path(shutil.which("go") or "").resolve()
    told = subprocess.run(["go", "version", "-m", str(path)], capture_output=True, text=True, check=True, timeout=60).stdout
    read = go_buildinfo.parse(path.read_bytes())
    lines = [line.strip().split("\t") for line in told.splitlines()]
    assert lines[0][0].endswith(f": {read.go}")
    assert ["path", read.path] in lines
    assert {f"{key}={value}" for key, value in read.settings.items()} == {item[1] for item in lines if item[0] == "build"}


@settings(max_examples=80)
@given(st.binary(max_size=200), st.integers(0, 400), st.integers(0, 255))
def test_any_bytes_give_a_value_or_an_error_of_ours(tail: bytes, place: int, byte: int) -> None:
    whole = bytearray(program(inline("go1.20", TEXT)))
    spot = place if place < 120 else AT + place - 120
    whole[spot % len(whole)] = byte
    for data in (tail, b"\x7fELF\x02\x01" + tail, bytes(whole), program(go_buildinfo.MAGIC + tail)):
        try:
            go_buildinfo.parse(data)
        except (Malformed, LimitExceeded):
            continue
