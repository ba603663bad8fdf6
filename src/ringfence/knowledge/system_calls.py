"""Names and numbers of the kernel's system calls, by architecture (`x86_64`, `i386`, `aarch64`).

One data file an architecture in the folder beside this module; each says where its numbers are from.
"""

from functools import cache

import msgspec

from ringfence.errors import Malformed, Unavailable
from ringfence.io import packaged
from ringfence.model.fact import Fact

FOLDER = "knowledge/system_calls"


class SystemCalls(Fact, forbid_unknown_fields=True):
    """The table of one architecture; `linux` is the newest release it covers."""

    architecture: str
    linux: str
    sources: tuple[str, ...]
    numbers: dict[str, int]


@cache
def system_calls(architecture: str) -> SystemCalls:
    """The table of `x86_64`, `i386` or `aarch64`. Raises `Unavailable` for another, `Malformed` if the file is broken."""
    name = f"{architecture}.json"
    if name not in packaged.names(FOLDER):
        raise Unavailable("has no table of system calls here", where=architecture)
    try:
        return msgspec.json.decode(packaged.read(f"{FOLDER}/{name}"), type=SystemCalls)
    except msgspec.DecodeError as cause:
        raise Malformed("data file of this installation", str(cause), where=name, mend="install ringfence again") from cause


def known_names() -> frozenset[str]:
    """Every name in any table."""
    return frozenset(call for name in packaged.names(FOLDER) for call in system_calls(name.removesuffix(".json")).numbers)
