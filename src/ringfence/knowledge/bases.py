"""Base images: which one lies under given layers, and smaller ones that would do, from `bases.json`."""

import re
from collections.abc import Sequence
from functools import cache

from ringfence.formats import typed_json
from ringfence.io import packaged
from ringfence.model.fact import Fact

_VERSION = re.compile(r"[0-9.]+$")


class KnownBase(Fact):
    """A published base image by the digests of its layers as stored. `size` is in bytes to pull, `made` a day."""

    name: str
    distribution: str
    release: str
    layers: tuple[str, ...]
    size: int
    made: str
    source: str


class SmallerBase(Fact):
    """A base that does for programs of a kind. `size` is in bytes to pull, None where its publisher tells none."""

    name: str
    runs: str
    size: int | None
    has_shell: bool
    fits: str
    source: str


class Interpreter(Fact):
    """Names of programs by which one knows what an image runs."""

    runs: str
    names: tuple[str, ...]
    source: str


class BaseTable(Fact):
    """Everything in the file."""

    known: tuple[KnownBase, ...]
    smaller: tuple[SmallerBase, ...]
    interpreters: tuple[Interpreter, ...]


@cache
def table() -> BaseTable:
    """The table that ships with Ringfence."""
    return typed_json.decode(packaged.read("knowledge/bases.json"), BaseTable, "table of base images")


def under(layers: Sequence[str]) -> KnownBase | None:
    """The known base with the most layers that these layers (digests as stored, base first) begin with."""
    found = [base for base in table().known if tuple(layers[: len(base.layers)]) == base.layers]
    return max(found, key=lambda base: len(base.layers), default=None)


def runs(command: Sequence[str]) -> str:
    """What an image runs, by the first word of its command: `python`, `node`, `java`, `shell`, or `program` of its own."""
    if not command:
        return "shell"
    name = command[0].rpartition("/")[2]
    for kind in table().interpreters:
        if name in kind.names or _VERSION.sub("", name) in kind.names:
            return kind.runs
    return "shell" if name.endswith(".sh") else "program"


def smaller(kind: str) -> tuple[SmallerBase, ...]:
    """The bases that do for what an image runs, in the order of the table."""
    return tuple(base for base in table().smaller if base.runs == kind)
