"""What the code of a tree imports: Python's modules and Go's packages that come from the packages its lock files name.

Only imports of those are kept; a Python file is parsed only if its text mentions one of them, or imports at run time.
"""

from collections.abc import Iterable, Iterator, Sequence

from ringfence.errors import LimitExceeded, Malformed, RingfenceError, Unavailable
from ringfence.formats import go_imports, python_imports
from ringfence.io.rooted import Rooted
from ringfence.knowledge.python_modules import modules
from ringfence.layers.application.facts import CodeImport, CodeImports, Manifest
from ringfence.model.location import Location

MAX_FILES = 200_000
"""Source files looked at in one tree."""
MAX_KEPT = 100_000
"""Imports kept of one tree."""


def code_imports(root: Rooted, paths: Sequence[str], manifests: Iterable[Manifest]) -> Iterator[CodeImports]:
    """The imports of each language that has packages in the lock files. Raises `LimitExceeded`."""
    if len(paths) > MAX_FILES:
        raise LimitExceeded("source files of one tree", MAX_FILES, where=root.root)
    manifests = tuple(manifests)
    python = {package.name for manifest in manifests for package in manifest.packages if package.ecosystem == "PyPI"}
    if python:
        yield _python(root, [path for path in paths if path.endswith((".py", ".pyw"))], python)
    go = any(package.ecosystem == "Go" for manifest in manifests for package in manifest.packages)
    if go:
        yield _go(root, [path for path in paths if path.endswith(".go")], manifests)


def brought(name: str) -> tuple[str, ...]:
    """The modules a distribution brings: by the table, else as it is called itself."""
    return modules(name) or (name.replace("-", "_"),)


def _python(root: Rooted, paths: Sequence[str], packages: set[str]) -> CodeImports:
    by_module: dict[str, set[str]] = {}
    for name in packages:
        for module in brought(name):
            by_module.setdefault(module, set()).add(name)
    first = {module.partition(".")[0] for module in by_module} - _own(paths)
    found: list[CodeImport] = []
    dynamic: list[str] = []
    unread: list[str] = []
    for path in paths:
        try:
            data = root.read(path, python_imports.MAX_BYTES)
        except (Unavailable, LimitExceeded):
            unread.append(path)
            continue
        seen = first & python_imports.mentioned(data)
        if not seen and not python_imports.computes(data):
            continue
        try:
            read = python_imports.parse(data)
        except (Malformed, LimitExceeded):
            unread.append(path)
            # Of Python 2, the first part of what it mentions is all that can be had.
            found.extend(_import(module, (), path, None, by_module) for module in sorted(seen))
            continue
        dynamic.extend(f"{path}:{line}" for line in read.dynamic)
        found.extend(
            _import(one.module, one.names, path, one.line, by_module)
            for one in read.imports
            if one.module.partition(".")[0] in first
        )
        if len(found) > MAX_KEPT:
            raise LimitExceeded("imports of one tree", MAX_KEPT, where=root.root)
    known = {name for name in packages if modules(name)} | {name for one in found for name in one.packages}
    return CodeImports(
        ecosystem="PyPI",
        files=len(paths),
        imports=tuple(one for one in found if one.packages),
        dynamic=tuple(dynamic),
        unread=tuple(unread),
        known=tuple(sorted(known)),
    )


def _own(paths: Iterable[str]) -> set[str]:
    """Modules at the top of the tree, or of its `src`: they hide what is installed under the same name."""
    found: set[str] = set()
    for path in paths:
        parts = path.removeprefix("src/").split("/")
        if len(parts) == 1:
            found.add(parts[0].removesuffix(".py"))
        elif len(parts) == 2 and parts[1] == "__init__.py":
            found.add(parts[0])
    return found


def _import(module: str, names: tuple[str, ...], path: str, line: int | None, by_module: dict[str, set[str]]) -> CodeImport:
    """Whose module it is: the longest that is known on the way to it (`google.cloud.storage`)."""
    spellings = [f"{module}.{name}" for name in names] + [module]
    packages: set[str] = set()
    for spelling in spellings:
        here = spelling
        while here and here not in by_module:
            here = here.rpartition(".")[0]
        packages |= by_module.get(here, set())
    return CodeImport(module=module, names=names, packages=tuple(sorted(packages)), at=Location(path=path, line=line))


def _go(root: Rooted, paths: Sequence[str], manifests: Iterable[Manifest]) -> CodeImports:
    found: list[CodeImport] = []
    unread: list[str] = []
    for path in paths:
        if path.endswith("_test.go"):
            continue
        try:
            read = go_imports.parse(root.read(path, go_imports.MAX_BYTES))
        except RingfenceError:
            unread.append(path)
            continue
        found.extend(CodeImport(module=one.path, at=Location(path=path, line=one.line)) for one in read)
        if len(found) > MAX_KEPT:
            raise LimitExceeded("imports of one tree", MAX_KEPT, where=root.root)
    return CodeImports(
        ecosystem="Go",
        files=len(paths),
        imports=tuple(found),
        unread=tuple(unread),
        compiled=tuple(sorted({name for manifest in manifests for name in manifest.compiled})),
    )
