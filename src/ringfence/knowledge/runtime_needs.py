"""What a container runtime itself must be allowed to call, between loading a container's filter and executing its program.

A profile without these stops the container before it starts. They differ by runtime and version, and not every start makes
all of them (a Go runtime begins threads when it likes), so a recording alone does not tell them.
"""

import re
from functools import cache

import msgspec

from ringfence.errors import Malformed, Unavailable
from ringfence.io import packaged
from ringfence.model.fact import Fact

FILE = "knowledge/runtime_needs.json"


class RuntimeNeeds(Fact, forbid_unknown_fields=True):
    """The calls that `runtime` makes from its version `since` on."""

    runtime: str
    since: str
    calls: tuple[str, ...]
    sources: tuple[str, ...]


class _All(Fact, forbid_unknown_fields=True):
    needs: tuple[RuntimeNeeds, ...]


def runtime_needs(runtime: str, version: str = "") -> RuntimeNeeds:
    """What a runtime of this version needs; without a version, what the newest one known here needs.

    Raises `Unavailable` for a runtime unknown here.
    """
    known = [item for item in _all() if item.runtime == runtime]
    fitting = [item for item in known if not version or _numbers(version) >= _numbers(item.since)] or known[:1]
    if not fitting:
        names = ", ".join(sorted({item.runtime for item in _all()}))
        raise Unavailable("what it needs is not known here", where=runtime, mend=f"known are {names}")
    return max(fitting, key=lambda item: _numbers(item.since))


@cache
def _all() -> tuple[RuntimeNeeds, ...]:
    try:
        return msgspec.json.decode(packaged.read(FILE), type=_All).needs
    except msgspec.DecodeError as cause:
        raise Malformed("data file of this installation", str(cause), where=FILE, mend="install ringfence again") from cause


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d{1,9}", version)[:3])
