"""What a project's own manifest says that it wants."""

from ringfence.errors import LimitExceeded
from ringfence.model.fact import Fact

MAX_BYTES = 1024 * 1024
"""Bytes of one manifest; people write them by hand, and a line is looked for once a dependency."""


class Declared(Fact):
    """One dependency. `specifier` is the range as written; `group` the extra or group it stands in, `dev` whether only
    development needs it. `source` is `registry`, `git`, `archive` or `path`, with `url` and `reference`.
    """

    name: str
    specifier: str = ""
    group: str = ""
    dev: bool = False
    source: str = "registry"
    url: str = ""
    reference: str = ""
    line: int | None = None


class Registry(Fact):
    """A place to look for packages: `kind` is `index`, `extra-index`, `trusted-host`, `find-links` or `scope`."""

    kind: str
    url: str
    scope: str = ""
    line: int | None = None


class Project(Fact):
    """A manifest: the project's name, what it wants, from where."""

    name: str = ""
    asks: tuple[Declared, ...] = ()
    registries: tuple[Registry, ...] = ()


def limited(data: bytes, form: str) -> bytes:
    """`data`, if it is not too long. Raises `LimitExceeded`."""
    if len(data) > MAX_BYTES:
        raise LimitExceeded(f"bytes of a {form}", MAX_BYTES)
    return data


def line_of(text: str, *words: str) -> int | None:
    """The line of the first of `words` that is there: good enough to send a person there."""
    for word in words:
        at = text.find(word) if word else -1
        if at >= 0:
            return text.count("\n", 0, at) + 1
    return None
