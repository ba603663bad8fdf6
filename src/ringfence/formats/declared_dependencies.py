"""How many dependencies a project's manifest declares: pyproject.toml and package.json.

Source: PyPA "pyproject.toml specification" ([project]); Poetry's [tool.poetry]; docs.npmjs.com "package.json".
"""

import msgspec

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats.locked import toml

MAX_BYTES = 4 * 1024 * 1024
"""Bytes of one manifest; people write them by hand."""


class _Project(msgspec.Struct):
    dependencies: list[str] = []


class _Poetry(msgspec.Struct):
    dependencies: dict[str, object] = {}


class _Tool(msgspec.Struct):
    poetry: _Poetry | None = None


class _PyProject(msgspec.Struct):
    project: _Project | None = None
    tool: _Tool | None = None


class _PackageJson(msgspec.Struct):
    dependencies: dict[str, object] = {}
    devDependencies: dict[str, object] = {}  # noqa: N815 - the file's own name


def of_pyproject(data: bytes) -> int:
    """Dependencies that a pyproject.toml declares for running. Raises `Malformed`, `LimitExceeded`."""
    document = toml(data, _PyProject, "pyproject.toml").document
    count = len(document.project.dependencies) if document.project else 0
    poetry = document.tool.poetry if document.tool else None
    return count + (len(set(poetry.dependencies) - {"python"}) if poetry else 0)


def of_package_json(data: bytes) -> int:
    """Dependencies that a package.json declares. Raises `Malformed`, `LimitExceeded`."""
    if len(data) > MAX_BYTES:
        raise LimitExceeded("bytes of a package.json", MAX_BYTES)
    try:
        document = msgspec.json.decode(data, type=_PackageJson)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as cause:
        raise Malformed("package.json", str(cause)) from cause
    return len(document.dependencies) + len(document.devDependencies)
