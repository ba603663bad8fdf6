"""pyproject.toml: what a Python project declares.

Sources: PyPA "pyproject.toml specification" ([project]) and "Dependency groups" (PEP 735); Poetry's [tool.poetry]; uv's
[tool.uv] (dev-dependencies, sources, index); PDM's [tool.pdm] (dev-dependencies, source).
"""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from ringfence.formats import pep508
from ringfence.formats.declared import Declared, Project, Registry, limited, line_of
from ringfence.formats.locked import toml
from ringfence.formats.python_dist import normal_name
from ringfence.formats.url import without_secret


class _Project(msgspec.Struct, rename={"optional": "optional-dependencies"}):
    name: str = ""
    dependencies: list[str] = []
    optional: dict[str, list[str]] = {}


class _Group(msgspec.Struct):
    dependencies: dict[str, object] = {}


class _Source(msgspec.Struct):
    name: str = ""
    url: str = ""
    priority: str = ""
    explicit: bool = False
    default: bool = False
    verify_ssl: bool = True


class _Poetry(msgspec.Struct, rename={"development": "dev-dependencies"}):
    name: str = ""
    dependencies: dict[str, object] = {}
    development: dict[str, object] = {}
    group: dict[str, _Group] = {}
    source: list[_Source] = []


class _Uv(msgspec.Struct, rename={"development": "dev-dependencies"}):
    development: list[str] = []
    index: list[_Source] = []
    sources: dict[str, object] = {}


class _Pdm(msgspec.Struct, rename={"development": "dev-dependencies"}):
    development: dict[str, list[str]] = {}
    source: list[_Source] = []


class _Tool(msgspec.Struct):
    poetry: _Poetry | None = None
    uv: _Uv | None = None
    pdm: _Pdm | None = None


class _Document(msgspec.Struct, rename={"groups": "dependency-groups"}):
    project: _Project | None = None
    groups: dict[str, list[object]] = {}
    tool: _Tool | None = None


def parse(data: bytes) -> Project:
    """What the project declares. Raises `Malformed`, `LimitExceeded`."""
    found = toml(limited(data, "pyproject.toml"), _Document, "pyproject.toml")
    document, text = found.document, found.text
    tool = document.tool or _Tool()
    project = document.project or _Project()
    asks: list[Declared] = [
        *_listed(project.dependencies, text),
        *(item for group, names in project.optional.items() for item in _listed(names, text, group)),
        *(item for group in document.groups for item in _grouped(document.groups, group, text)),
    ]
    if tool.uv:
        asks.extend(_listed(tool.uv.development, text, "dev", dev=True))
        asks = [_placed(item, tool.uv.sources) for item in asks]
    if tool.pdm:
        asks.extend(item for group, names in tool.pdm.development.items() for item in _listed(names, text, group, dev=True))
    if tool.poetry:
        asks.extend(_poetry(tool.poetry, text))
    return Project(
        name=normal_name(project.name or (tool.poetry.name if tool.poetry else "")),
        asks=tuple(asks),
        registries=tuple(_registries(tool, text)),
    )


def _listed(names: Iterable[str], text: str, group: str = "", *, dev: bool = False) -> Iterator[Declared]:
    for name in names:
        found = pep508.declared(name, line_of(text, name), group, dev=dev)
        if found:
            yield found


def _grouped(groups: Mapping[str, list[object]], name: str, text: str) -> Iterator[Declared]:
    """A group of PEP 735: texts; the tables among them include other groups, which are read for themselves."""
    for item in groups.get(name, ()):
        if isinstance(item, str):
            yield from _listed([item], text, name, dev=True)


def _placed(item: Declared, sources: Mapping[str, object]) -> Declared:
    """Uv takes what [tool.uv.sources] names from there."""
    place = next((value for name, value in sources.items() if normal_name(name) == item.name), None)
    return _from(item, place) if isinstance(place, dict) else item


def _from(item: Declared, place: Mapping[object, object]) -> Declared:
    def said(*names: str) -> str:
        return next((value for name in names if isinstance(value := place.get(name), str)), "")

    if said("git"):
        source, url = "git", said("git")
    elif said("url"):
        source, url = "archive", said("url")
    elif said("path") or place.get("workspace"):
        source, url = "path", said("path")
    else:
        return item
    return msgspec.structs.replace(
        item, source=source, url=without_secret(url), reference=said("rev", "tag", "branch") if source == "git" else ""
    )


def _poetry(poetry: _Poetry, text: str) -> Iterator[Declared]:
    tables = [("", poetry.dependencies), ("dev", poetry.development)]
    tables += [(name, group.dependencies) for name, group in poetry.group.items()]
    for group, names in tables:
        for name, asked in names.items():
            if name == "python":
                continue
            place = asked if isinstance(asked, dict) else {}
            specifier = asked if isinstance(asked, str) else place.get("version", "")
            item = Declared(
                name=normal_name(name),
                specifier=specifier if isinstance(specifier, str) else "",
                group=group,
                dev=bool(group),
                line=line_of(text, f"{name} =", f"{name}="),
            )
            yield _from(item, place)


def _registries(tool: _Tool, text: str) -> Iterator[Registry]:
    for source in tool.poetry.source if tool.poetry else ():
        kind = {"supplemental": "extra-index", "secondary": "extra-index", "explicit": "scope"}.get(source.priority, "index")
        yield Registry(kind=kind, url=without_secret(source.url), line=line_of(text, source.url))
    for source in tool.uv.index if tool.uv else ():
        kind = "scope" if source.explicit else "index"
        yield Registry(kind=kind, url=without_secret(source.url), line=line_of(text, source.url))
    for source in tool.pdm.source if tool.pdm else ():
        yield Registry(kind="index", url=without_secret(source.url), line=line_of(text, source.url))
        if not source.verify_ssl:
            yield Registry(kind="trusted-host", url=without_secret(source.url), line=line_of(text, source.url))
