"""Every room has its charter, nothing has outgrown its size, and nobody hides from the linter."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "ringfence"
MODULES = sorted(SOURCE.rglob("*.py"))

FUNCTION_LINES = 60
MODULE_LINES = 600
CHECK_LINES = 150


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


@pytest.mark.parametrize("room", sorted(path.parent for path in SOURCE.rglob("__init__.py")), ids=lambda room: room.name)
def test_a_room_opens_with_its_charter_and_nothing_else(room: Path) -> None:
    tree = ast.parse((room / "__init__.py").read_text())
    assert len(ast.get_docstring(tree) or "") > 40, "say what belongs here and what never does"
    extra = [node for node in tree.body[1:] if not (isinstance(node, ast.Assign) and room == SOURCE)]
    assert not extra, "a charter holds no code"


def test_every_folder_with_code_is_a_package() -> None:
    folders = {path.parent for path in MODULES}
    assert not [folder for folder in folders if not (folder / "__init__.py").exists()]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_nothing_has_outgrown_its_size(path: Path) -> None:
    text = path.read_text()
    limit = CHECK_LINES if path.parent.name == "checks" else MODULE_LINES
    assert text.count("\n") <= limit, "its idea has split"
    for function in functions(ast.parse(text)):
        assert function.end_lineno is not None
        length = function.end_lineno - function.lineno + 1
        assert length <= FUNCTION_LINES, f"{function.name} has {length} lines"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_an_exception_to_a_rule_has_its_reason(path: Path) -> None:
    for number, line in enumerate(path.read_text().splitlines(), 1):
        for mark in ("# noqa", "# type: ignore"):
            if mark in line:
                reason = line.split(mark, 1)[1].lstrip(
                    ":[]-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789, "
                )
                told = " - " in line.split(mark, 1)[1] or "  # " in line.split(mark, 1)[1] or reason
                assert told, f"{path}:{number} gives no reason"
