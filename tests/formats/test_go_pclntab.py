"""The functions of a Go program: in tables made here, in any bytes, and in a real program if Go is here to build one."""

import shutil
import struct
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import Malformed, UnreadableInput
from ringfence.formats import go_pclntab
from ringfence.layers.image.collect import go_binaries

NAMES = (b"main.main", b"net/http.(*Server).Serve", b"slices.Sort[go.shape.[]int]", b"gopkg.in/yaml%2ev3.(*parser).parse")


def table(names: tuple[bytes, ...] = NAMES, magic: int = 0xFFFFFFF1) -> bytes:
    text = b"\0".join(names) + b"\0"
    words = 8 if magic != 0xFFFFFFFA else 7
    begin = 8 + 8 * words
    offsets = (begin, begin + len(text))
    rest = (len(names), 1, 0, *offsets, 0, 0, 0) if words == 8 else (len(names), 1, *offsets, 0, 0, 0)
    return b"junk" * 5 + struct.pack("<IHBB", magic, 0, 1, 8) + struct.pack(f"<{words}Q", *rest) + text + b"more"


@pytest.mark.parametrize("magic", [0xFFFFFFF1, 0xFFFFFFF0, 0xFFFFFFFA])
def test_names_are_written_as_gos_database_writes_them(magic: int) -> None:
    assert list(go_pclntab.functions(table(magic=magic))) == [
        "main.main",
        "net/http.Server.Serve",
        "slices.Sort",
        "gopkg.in/yaml.v3.parser.parse",
    ]


@pytest.mark.parametrize("data", [b"", b"\xf1\xff\xff\xff\0\0\1\x08" + b"\xff" * 64, table()[:40], table(magic=0xFFFFFFFB)])
def test_what_has_no_table_that_holds_together_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        list(go_pclntab.functions(data))


@given(st.binary(max_size=100))
def test_any_bytes_give_names_or_our_errors(tail: bytes) -> None:
    with suppress(UnreadableInput):
        list(go_pclntab.functions(b"\xf1\xff\xff\xff\0\0\1\x08" + tail))


@given(st.sets(st.text(max_size=20), max_size=30), st.text(max_size=20))
def test_a_kept_set_has_all_its_names(names: set[str], text: str) -> None:
    sums = go_pclntab.known(go_pclntab.fingerprint(names))
    assert all(go_pclntab.among(name, sums) for name in names)
    assert go_pclntab.known(text) is not None  # any text is taken


@pytest.mark.skipif(shutil.which("go") is None, reason="go is not here to build a program")
@pytest.mark.parametrize("flags", ["", "-s -w"], ids=["plain", "stripped"])
def test_a_real_program_tells_what_is_linked_in_stripped_or_not(tmp_path: Path, flags: str) -> None:
    (tmp_path / "go.mod").write_text("module example.org/asked\n\ngo 1.18\n")
    (tmp_path / "main.go").write_text(
        'package main\n\nimport (\n\t"fmt"\n\t"net/url"\n\t"os"\n)\n\n'
        "func main() {\n\tfmt.Println(url.Parse(os.Args[0]))\n}\n"
    )
    subprocess.run(["go", "build", "-ldflags", flags, "-o", "asked", "."], cwd=tmp_path, check=True)
    (stdlib,) = (
        item for item in go_binaries.read("asked", (tmp_path / "asked").read_bytes(), None) if item.name == "stdlib"
    )
    sums = go_pclntab.known(stdlib.linked)
    assert go_pclntab.among("net/url.Parse", sums)
    assert go_pclntab.among("net/url", sums)
    assert not go_pclntab.among("net/http.Server.Serve", sums)
    assert not go_pclntab.among("net/http", sums)
