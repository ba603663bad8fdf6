"""What a Python file imports, read as a syntax tree and never run.

Source: docs.python.org "The import statement", `importlib.import_module`, `ast`. What is computed at run time cannot
be seen; that it happens can.
"""

import ast
import re
import warnings
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from ringfence.errors import LimitExceeded, Malformed
from ringfence.model.fact import Fact

MAX_BYTES = 2 * 1024 * 1024
"""Bytes of one source file that are parsed; longer ones are generated tables."""
MAX_IMPORTS = 20_000
"""Imports of one file."""

_FIRST = re.compile(
    rb"(?:^|[;:])[ \t]*(?:from[ \t\\\r\n]+([\w.]+)|import[ \t\\\r\n]+([^;#]*?)(?:[;#\r\n]|\Z))", re.MULTILINE
)
_GOES_ON = re.compile(rb"(?:from|import)[^\n]*\\\n")
_AT_RUN_TIME = frozenset({"__import__", "import_module", "load_module", "exec_module", "find_spec", "iter_entry_points"})
_WORDS = tuple(sorted(word.encode() for word in _AT_RUN_TIME))
_RUN_TIME = re.compile("|".join(sorted(_AT_RUN_TIME)).encode())


class PythonImport(Fact, gc=False):
    """`import module` or `from module import names`; relative ones are left out, they stay in their own package."""

    module: str
    line: int
    names: tuple[str, ...] = ()


class PythonImports(Fact):
    """The imports of one file. `dynamic` are lines that import what only a run would tell."""

    imports: tuple[PythonImport, ...] = ()
    dynamic: tuple[int, ...] = ()


def mentioned(data: bytes) -> frozenset[str]:
    """The first parts of all modules that may be imported: at least those that are. Strings in the file may add others."""
    text = data.replace(b"\r", b"\n") if b"\r" in data else data
    if b"\\\n" not in text or not _GOES_ON.search(text):
        # A statement of one line has the word in it; nine lines of ten have not.
        text = b"\n".join([line for line in text.split(b"\n") if b"import" in line])
    found: set[str] = set()
    for source, targets in _FIRST.findall(text):
        names = [source] if source else re.split(rb"[\s,\\]+", targets)
        found.update(name.partition(b".")[0].decode("ascii", "replace") for name in names if name)
    return frozenset(found)


def computes(data: bytes) -> bool:
    """Whether the file may import at run time."""
    return any(word in data for word in _WORDS)  # six searches for a text are quicker than one for any of them


def parse(data: bytes) -> PythonImports:
    """The imports of a file. Raises `Malformed` for what is no Python 3, `LimitExceeded`."""
    if len(data) > MAX_BYTES:
        raise LimitExceeded("bytes of a Python file", MAX_BYTES)
    try:
        with warnings.catch_warnings():
            # Invalid escapes in others' files are no concern of ours.
            warnings.simplefilter("ignore")
            tree = ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as cause:  # MemoryError: the parser's word for "too deep"
        raise Malformed("Python file", " ".join(str(cause).split()) or type(cause).__name__) from cause
    found: list[PythonImport] = []
    dynamic: list[int] = []
    lines = sorted({data.count(b"\n", 0, seen.start()) + 1 for seen in _RUN_TIME.finditer(data)}) if computes(data) else []
    for node in _nodes(tree, lines):
        if isinstance(node, ast.Import):
            found.extend(PythonImport(module=alias.name, line=node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = tuple(alias.name for alias in node.names)
            found.append(PythonImport(module=node.module, line=node.lineno, names=names))
        elif isinstance(node, ast.Call):
            told = _called(node)
            if isinstance(told, str):
                found.append(PythonImport(module=told, line=node.lineno))
            elif told:
                dynamic.append(node.lineno)
        if len(found) > MAX_IMPORTS:
            raise LimitExceeded("imports of a Python file", MAX_IMPORTS)
    found.sort(key=lambda item: item.line)
    return PythonImports(imports=tuple(found), dynamic=tuple(sorted(set(dynamic))))


def _statements(tree: ast.Module) -> Iterator[ast.AST]:
    """Every statement; imports are nothing else, and expressions are most of a tree."""
    pending: list[ast.AST] = list(tree.body)
    while pending:
        node = pending.pop()
        yield node
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            inner = getattr(node, field, None)
            if isinstance(inner, list):
                pending.extend(inner)


def _nodes(tree: ast.Module, lines: Sequence[int]) -> Iterator[ast.AST]:
    """Every statement, and the expressions of those on the lines where something may import at run time."""
    for node in _statements(tree):
        yield node
        if lines and _touches(node, lines):
            for child in ast.iter_child_nodes(node):
                if not isinstance(child, ast.stmt | ast.excepthandler | ast.match_case):
                    yield from ast.walk(child)


def _touches(node: ast.AST, lines: Sequence[int]) -> bool:
    """Whether one of the lines is the node's; decorators stand above it, and a case has no line of its own."""
    first, last = getattr(node, "lineno", 0), getattr(node, "end_lineno", None)
    for decorator in getattr(node, "decorator_list", ()):
        first = min(first, decorator.lineno)
    at = bisect_left(lines, first)
    return last is None or (at < len(lines) and lines[at] <= last)


def _called(node: ast.Call) -> str | bool:
    """The module that a call imports if it is written out, True if it is computed, False if the call imports nothing."""
    name = (
        node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id if isinstance(node.func, ast.Name) else ""
    )
    if name not in _AT_RUN_TIME:
        return False
    first = node.args[0] if node.args else None
    if isinstance(first, ast.Constant) and isinstance(first.value, str):
        # A relative name stays in its own package.
        return first.value if not first.value.startswith(".") else False
    return True
