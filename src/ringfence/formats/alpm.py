"""pacman's local database: one folder a package, with `desc` (what it is) and `files` (what it installed).

Source: alpm-db-desc(5) and alpm-db-files(5): `%NAME%` on a line of its own, the values below it, a blank line behind them.
"""

from ringfence.errors import Malformed
from ringfence.model.fact import Fact

MAX_LINES = 2_000_000
"""Lines looked at of one file; the largest packages have some 100,000 files."""


class AlpmPackage(Fact):
    """An installed package; `base` is the name of the source package it was built from."""

    name: str
    version: str
    arch: str
    base: str
    licences: tuple[str, ...]


def parse(data: bytes) -> AlpmPackage:
    """The package of a `desc` file. Raises `Malformed` if it has no name or version."""
    fields = _sections(data)

    def first(key: str) -> str:
        return next(iter(fields.get(key, ())), "")

    if not first("NAME") or not first("VERSION"):
        raise Malformed("pacman's database", "a package without name or version")
    return AlpmPackage(
        name=first("NAME"),
        version=first("VERSION"),
        arch=first("ARCH"),
        base=first("BASE") or first("NAME"),
        licences=tuple(fields.get("LICENSE", ())),
    )


def files(data: bytes) -> tuple[str, ...]:
    """The paths of a `files` file, relative to the root, folders left out."""
    return tuple(path for path in _sections(data).get("FILES", ()) if not path.endswith("/"))


def _sections(data: bytes) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    here: list[str] = []
    for line in data.decode("utf-8", "backslashreplace").split("\n", MAX_LINES)[:MAX_LINES]:
        text = line.strip("\r")
        if len(text) > 2 and text[0] == text[-1] == "%":
            here = found.setdefault(text[1:-1], [])
        elif text.strip():
            here.append(text)
    return found
