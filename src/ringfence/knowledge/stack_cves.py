"""CVEs of the stack that lead out of a container, each with the preconditions that must hold.

One JSON file a CVE in the folder beside this module, in the form of `StackCve`. Each says where its facts are from.
"""

from functools import cache

import msgspec

from ringfence.errors import Malformed
from ringfence.io import packaged
from ringfence.model.stack_cve import StackCve

FOLDER = "knowledge/stack_cves"


@cache
def stack_cves() -> tuple[StackCve, ...]:
    """Every CVE we know the preconditions of, by file name. Raises `Malformed` if a file of the installation is broken."""
    return tuple(_read(name) for name in packaged.names(FOLDER) if name.endswith(".json"))


def stack_cve(name: str) -> StackCve | None:
    """The CVE called `name`, by its id or an alias (`GHSA-...`) in any case; None if we do not know it."""
    return _by_name().get(name.strip().upper())


@cache
def _by_name() -> dict[str, StackCve]:
    return {name.upper(): cve for cve in stack_cves() for name in (*cve.aliases, cve.id)}


def _read(name: str) -> StackCve:
    try:
        return msgspec.json.decode(packaged.read(f"{FOLDER}/{name}"), type=StackCve)
    except (msgspec.DecodeError, UnicodeDecodeError) as cause:
        raise Malformed("data file of this installation", str(cause), where=name, mend="install ringfence again") from cause
