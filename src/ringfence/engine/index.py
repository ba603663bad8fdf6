"""The index of plug-ins, read from the literal declarations in the source text: nothing is imported to be listed.

An installed wheel carries the index ready-made (`engine/index.json`, written by the build hook). In a checkout it is
read from the sources and kept in the user's cache until a source file changes. Standard library only: `--help` lives here.
`ast` (as costly as the interpreter's own start) is loaded only where sources are read.
"""

import json
import os
import zlib
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import NamedTuple

from ringfence.errors import RingfenceError

PACKAGE = "ringfence"
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SHIPPED = os.path.join(ROOT, "engine", "index.json")

DECLARATIONS = {
    "CHECK": "Check",
    "SOURCE": "Source",
    "ECOSYSTEM": "Ecosystem",
    "SCHEME": "Scheme",
    "FEED": "Feed",
    "REPORT": "ReportFormat",
    "COMMAND": "Command",
}
"""The module constants that declare a plug-in, and the type each is made of (see `model.declare`)."""


class BadDeclaration(RingfenceError):
    """A plug-in's declaration is not made of literals, or its slug is not its file's name."""


class Plugin(NamedTuple):
    """One plug-in: its kind (a key of `DECLARATIONS`), slug, module, storey (empty outside the storeys), title, fields."""

    kind: str
    slug: str
    module: str
    storey: str
    title: str
    fields: dict[str, object]

    def load(self) -> ModuleType:
        """The module itself, imported now."""
        return import_module(self.module)


def plugins(kind: str, storey: str = "") -> tuple[Plugin, ...]:
    """Every plug-in of a kind, in the order of their modules; of one storey if it is given."""
    return tuple(item for item in _everything() if item.kind == kind and storey in ("", item.storey))


def plugin(kind: str, slug: str) -> Plugin | None:
    """The plug-in of that kind and slug."""
    return next((item for item in plugins(kind) if item.slug == slug), None)


def documentation(found: Plugin) -> str:
    """A plug-in's docstring, read without importing it."""
    import ast  # noqa: PLC0415 - see above

    path = os.path.join(ROOT, *found.module.split(".")[1:]) + ".py"
    with open(path, encoding="utf-8") as file:
        # Not cleaned by ast: that would load `inspect`, and a module's docstring has no indentation to take away.
        return (ast.get_docstring(ast.parse(file.read()), clean=False) or "").strip()


def read_sources(root: str = ROOT) -> tuple[Plugin, ...]:
    """The index made anew from the source files under `root`. Raises `BadDeclaration`."""
    found: list[Plugin] = []
    for path in _source_files(root):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        if not any(f"\n{name} = {type_}(" in text for name, type_ in DECLARATIONS.items()):
            continue
        found.extend(_declared(path, root, text))
    return tuple(sorted(found, key=lambda item: (item.kind, item.module)))


def _declared(path: str, root: str, text: str) -> Iterator[Plugin]:
    import ast  # noqa: PLC0415 - see above

    tree = ast.parse(text, path)
    parts = os.path.relpath(path, root)[: -len(".py")].split(os.sep)
    title = (ast.get_docstring(tree) or "").partition("\n")[0].rstrip(".")
    for statement in tree.body:
        if not (isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call)):
            continue
        target = statement.targets[0]
        if not (isinstance(target, ast.Name) and target.id in DECLARATIONS):
            continue
        try:
            fields = {str(word.arg): ast.literal_eval(word.value) for word in statement.value.keywords}
        except ValueError as cause:
            raise BadDeclaration(f"{target.id} has an argument that is not a literal", where=path) from cause
        slug = fields.pop("slug", "")
        if not isinstance(slug, str) or slug.replace("-", "_") != parts[-1]:
            raise BadDeclaration(f"slug {slug!r} is not the name of its file", where=path)
        storey = parts[1] if parts[0] == "layers" else ""
        yield Plugin(target.id, slug, ".".join((PACKAGE, *parts)), storey, title, fields)


def _source_files(root: str) -> Iterator[str]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        yield from (os.path.join(folder, name) for name in sorted(names) if name.endswith(".py") and name[0] != "_")


_loaded: list[tuple[Plugin, ...]] = []


def _everything() -> tuple[Plugin, ...]:
    if not _loaded:
        _loaded.append(_shipped() or _cached())
    return _loaded[0]


def _shipped() -> tuple[Plugin, ...]:
    try:
        with open(SHIPPED, encoding="utf-8") as file:
            return decode(file.read())
    except FileNotFoundError:
        return ()


def _cached() -> tuple[Plugin, ...]:
    """From the cache while its fingerprint (every file's name, size and time) holds; a cache that fails is not needed."""
    print_of_sources = _fingerprint()
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    # Two checkouts whose names collide only take the place from each other: the fingerprint has the paths.
    path = os.path.join(base, PACKAGE, f"index-{zlib.crc32(ROOT.encode()):08x}.json")
    try:
        with open(path, encoding="utf-8") as file:
            fingerprint, _, body = file.read().partition("\n")
        if fingerprint == print_of_sources:
            return decode(body)
    except (OSError, ValueError):
        pass
    made = read_sources()
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with open(f"{path}.{os.getpid()}", "w", encoding="utf-8") as file:
            file.write(f"{print_of_sources}\n{encode(made)}")
        os.replace(f"{path}.{os.getpid()}", path)
    except OSError:
        pass
    return made


def _fingerprint() -> str:
    """One line: the whole list of files, not a digest of it, which would cost more to load than to write."""
    seen = ((path, os.stat(path)) for path in _source_files(ROOT))
    return json.dumps([[path, about.st_size, about.st_mtime_ns] for path, about in seen])


def encode(found: tuple[Plugin, ...]) -> str:
    """The index as JSON."""
    return json.dumps([list(item) for item in found])


def decode(text: str) -> tuple[Plugin, ...]:
    """The index out of JSON; `ValueError` if it is none of ours, or names a module outside this package."""
    found = tuple(Plugin(*row) for row in json.loads(text))
    if not all(item.module.startswith(f"{PACKAGE}.") for item in found):
        raise ValueError("the index names a module outside the package")
    return found
