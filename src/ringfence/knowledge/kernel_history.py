"""Since when the kernel has what, from the files in the folder beside this module (each entry with its source).

`system_calls.json` is made by `tools/system_call_history.py`; the others are written by hand from the manual.
"""

from functools import cache
from typing import TypeVar

import msgspec

from ringfence.errors import Malformed
from ringfence.io import packaged
from ringfence.model.fact import Fact
from ringfence.model.kernel_history import CapabilitySpan, Feature, KernelHistory, Span

FOLDER = "knowledge/kernel_history"


class _Calls(Fact, forbid_unknown_fields=True):
    manual: str
    options_of: str
    calls: dict[str, Span]


class _Capabilities(Fact, forbid_unknown_fields=True):
    capabilities: dict[str, CapabilitySpan]


class _Features(Fact, forbid_unknown_fields=True):
    features: tuple[Feature, ...]
    families: dict[str, Span]


@cache
def load() -> KernelHistory:
    """What ships. Raises `Unavailable` if a file is missing, `Malformed` if one is broken."""
    calls = _read("system_calls.json", _Calls)
    features = _read("features.json", _Features)
    return KernelHistory(
        calls=calls.calls,
        capabilities=_read("capabilities.json", _Capabilities).capabilities,
        features=features.features,
        families=features.families,
        options_of=calls.options_of,
    )


T = TypeVar("T")


def _read(name: str, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(packaged.read(f"{FOLDER}/{name}"), type=kind)
    except msgspec.DecodeError as cause:
        raise Malformed("data file of this installation", str(cause), where=name, mend="install ringfence again") from cause
