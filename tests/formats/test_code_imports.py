"""What source files import: any bytes end well, the quick look misses nothing the parser sees, strings import nothing."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import go_imports, python_imports
from ringfence.formats.python_imports import PythonImport

LINES = (
    *(
        "import a",
        "import a.b as c, d",
        "from e.f import g, h",
        "from . import i",
        "from .j import k",
        "try: import l\nfinally: pass",
    ),
    *(
        "x = 1; import m",
        "import \\\n  n",
        "from o import (\n  p,\n  q,\n)",
        '"""\nimport r\n"""',
        "# import s",
        "if 1:\n  import t",
    ),
    *("def f():\n  from u import v", "importlib.import_module('w.x')", "__import__(y)", "async def g(): import z", "{", "'"),
)


@given(st.one_of(st.binary(), st.lists(st.sampled_from(LINES)).map(lambda lines: "\n".join(lines).encode())))
def test_the_quick_look_misses_no_import(data: bytes) -> None:
    mentioned = python_imports.mentioned(data)
    try:
        found = python_imports.parse(data)
    except (Malformed, LimitExceeded):
        return
    written = {item.module.partition(".")[0] for item in found.imports}
    assert {name for name in written if name.isascii()} <= mentioned | ({"w"} if python_imports.computes(data) else set())
    assert not found.dynamic or python_imports.computes(data)


def test_each_form() -> None:
    found = python_imports.parse("\n".join(line for line in LINES if line not in ("{", "'")).encode())
    modules = {item.module for item in found.imports}
    assert modules == {"a", "a.b", "d", "e.f", "l", "m", "n", "o", "t", "u", "w.x", "z"}
    assert PythonImport(module="e.f", line=3, names=("g", "h")) in found.imports
    assert len(found.dynamic) == 1


@pytest.mark.parametrize("data", [b"print 'two'", b"\0", b"(" * 100_000, b"x = " + b"-" * 100_000 + b"1", b"\xff\xfe"])
def test_hostile_bytes(data: bytes) -> None:
    with pytest.raises((Malformed, LimitExceeded)):
        python_imports.parse(data)


def test_a_huge_file_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(python_imports, "MAX_BYTES", 3)
    monkeypatch.setattr(ast, "parse", lambda _data: pytest.fail("parsed"))
    with pytest.raises(LimitExceeded):
        python_imports.parse(b"import a")


def test_go() -> None:
    data = b"""// Package a; import "no"
package a /* import "no" */

import "fmt"
import f "golang.org/x/net/html"
import (
	"os" // the system
	. "strings"
	// "commented"
	_ `net/http`
)

var text = `
import "no"
`
"""
    assert [(item.path, item.line) for item in go_imports.parse(data)] == [
        ("fmt", 4),
        ("golang.org/x/net/html", 5),
        ("os", 7),
        ("strings", 8),
        ("net/http", 10),
    ]


@given(st.one_of(st.binary(), st.text('import()"`/* \nfunc').map(str.encode)))
def test_any_go_bytes(data: bytes) -> None:
    go_imports.parse(data)


@given(st.lists(st.sampled_from(LINES)).map(lambda lines: "\n".join(lines).encode()))
def test_looking_at_lines_finds_what_a_walk_over_everything_does(data: bytes) -> None:
    try:
        found = python_imports.parse(data)
    except Malformed:
        return
    dynamic, written = set(), set()
    for node in ast.walk(ast.parse(data)):
        if isinstance(node, ast.Call):
            said = python_imports._called(node)
            if said is True:
                dynamic.add(node.lineno)
            elif said:
                written.add((said, node.lineno))
    assert set(found.dynamic) == dynamic
    assert written <= {(item.module, item.line) for item in found.imports}


def test_run_time_imports_in_every_corner() -> None:
    data = b"""
@__import__(a)
def f(x=__import__(b)):
    with __import__(c) as y:
        return [__import__(d) for _ in z if (lambda: __import__(e))]
class G(__import__(h)):
    match __import__(i):
        case 1 if __import__(j):
            pass
"""
    assert python_imports.parse(data).dynamic == (2, 3, 4, 5, 6, 7, 8)
