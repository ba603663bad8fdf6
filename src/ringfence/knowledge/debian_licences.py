"""Debian's short names of licences in SPDX's spelling, from `debian_licences.json`."""

from collections.abc import Iterable
from functools import cache

from ringfence.formats import typed_json
from ringfence.io import packaged
from ringfence.model.fact import Fact


class LicenceNames(Fact):
    """Short names with SPDX's, and where both are published."""

    source: str
    names: dict[str, str]


@cache
def _table() -> dict[str, str]:
    data = packaged.read("knowledge/debian_licences.json")
    return typed_json.decode(data, LicenceNames, "table of licence names").names


def spdx(names: Iterable[str]) -> tuple[str, ...]:
    """The names in SPDX's spelling, each once; one that SPDX has no name for stays as it is."""
    return tuple(dict.fromkeys(_table().get(name, name) for name in names))
