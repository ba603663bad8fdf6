"""What an installed Python distribution says of itself: `METADATA` of a dist-info, `PKG-INFO` of an egg-info.

Source: PyPA core metadata specification 2.4; PEP 503 for the normal form of a name.
"""

import re

from ringfence.errors import Malformed
from ringfence.model.fact import Fact

MAX_HEADER_BYTES = 256 * 1024
"""Bytes looked at; the description that follows the header does not matter."""

_RUNS = re.compile(r"[-_.]+")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")


class PythonDistribution(Fact):
    """Name in normal form, version as written, licence expression or text if short; `requires` as written (PEP 508)."""

    name: str
    version: str
    licence: str = ""
    requires: tuple[str, ...] = ()


def parse(data: bytes) -> PythonDistribution:
    """The distribution a metadata file describes. Raises `Malformed` without a valid name or a version."""
    values: dict[str, str] = {}
    requires: list[str] = []
    for line in data[:MAX_HEADER_BYTES].decode("utf-8", "replace").splitlines():
        if not line.strip():
            break
        key, colon, value = line.partition(":")
        if key.lower() == "requires-dist":
            requires.append(value.strip())
        elif colon and line[0] not in " \t":
            values.setdefault(key.lower(), value.strip())
    name, version = values.get("name", ""), values.get("version", "")
    if not _NAME.fullmatch(name) or not version:
        raise Malformed("Python package metadata", "it has no valid Name or no Version")
    licence = values.get("license-expression") or values.get("license", "")
    return PythonDistribution(
        name=normal_name(name),
        version=version,
        licence=licence if len(licence) <= 80 and licence != "UNKNOWN" else "",
        requires=tuple(requires),
    )


def normal_name(name: str) -> str:
    """PEP 503's normal form: lower case, runs of `-_.` as one `-`."""
    return _RUNS.sub("-", name).lower()
