"""Well-known programs that no package manager may know, by what they say of themselves: `program_classifiers.json`."""

import fnmatch
import re
from functools import cache
from typing import NamedTuple

from ringfence.formats import typed_json
from ringfence.io import packaged
from ringfence.model.fact import Fact


class ProgramClassifier(Fact):
    """A program by the names of its files, and regular expressions over its bytes, of which the first that fits tells.

    `cpe` is vendor and product as the CPE dictionary has them, `source` the file of the project that the text comes from.
    """

    name: str
    files: tuple[str, ...]
    patterns: tuple[str, ...]
    cpe: str
    source: str


class Told(NamedTuple):
    """A program and its version."""

    name: str
    version: str


class _Ready(NamedTuple):
    name: str
    files: re.Pattern[str]
    patterns: tuple[re.Pattern[bytes], ...]


def load() -> tuple[ProgramClassifier, ...]:
    """The classifiers that ship with Ringfence."""
    data = packaged.read("knowledge/program_classifiers.json")
    return typed_json.decode(data, tuple[ProgramClassifier, ...], "classifiers of programs")


@cache
def _ready() -> tuple[_Ready, ...]:
    return tuple(
        _Ready(
            item.name,
            re.compile("|".join(fnmatch.translate(name) for name in item.files)),
            tuple(re.compile(pattern.encode("ascii")) for pattern in item.patterns),
        )
        for item in load()
    )


def of(name: str, data: bytes) -> Told | None:
    """The program that a file of this base name with these bytes is; None if it is none that is known."""
    for item in _ready():
        if item.files.match(name):
            for pattern in item.patterns:
                if found := pattern.search(data):
                    return Told(item.name, found["version"].decode("ascii").rstrip("."))
    return None
