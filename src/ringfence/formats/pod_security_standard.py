"""Which of the Pod Security Standards is meant: `restricted:v1.30`, or a namespace's labels.

Sources: kubernetes.io "Pod Security Standards", "Enforce Pod Security Standards with Namespace Labels".
"""

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum

from ringfence.errors import Malformed
from ringfence.model.fact import Fact

LATEST = 37
"""Minor version of the newest standard known here; `latest` is this one, and newer ones are judged by it."""
LABEL = "pod-security.kubernetes.io/"
"""Prefix of the labels: `LABEL` and a mode give the level, with `-version` behind it the version."""
MODES = ("enforce", "warn", "audit")
"""What a namespace does about a pod: refuse it, warn who made it, note it in the audit log."""


class Level(StrEnum):
    """How much is forbidden."""

    PRIVILEGED = "privileged"
    BASELINE = "baseline"
    RESTRICTED = "restricted"


LEVELS = frozenset(level.value for level in Level)
"""The levels as they are written."""


class Standard(Fact):
    """A level at a version, of which the major number is 1."""

    level: Level
    minor: int = LATEST

    def __str__(self) -> str:
        return f"{self.level}:v1.{self.minor}"


_STANDARD = re.compile(r"(privileged|baseline|restricted)(?::(latest|v?1\.[0-9]{1,4}))?", re.ASCII)
_VERSION = re.compile(r"latest|v1\.(?:0|[1-9][0-9]{0,3})", re.ASCII)


def standard(text: str) -> Standard:
    """`LEVEL` or `LEVEL:VERSION` (`restricted:v1.30`, `baseline:latest`). Raises `Malformed`."""
    found = _STANDARD.fullmatch(text.strip())
    if found is None:
        mend = "give privileged, baseline or restricted, with a version if you like: restricted:v1.30"
        raise Malformed("Pod Security Standard", f"{text[:40]!r} is no level with a version", mend=mend)
    return Standard(level=Level(found[1]), minor=_minor(found[2] or "latest"))


def _minor(version: str) -> int:
    return LATEST if version == "latest" else int(version.rpartition(".")[2])


def faults(labels: Mapping[str, str]) -> tuple[str, ...]:
    """What is wrong with a namespace's labels, a sentence each: levels and versions that do not exist."""
    found = []
    for mode in MODES:
        level, version = labels.get(LABEL + mode), labels.get(f"{LABEL}{mode}-version")
        if level is not None and level not in LEVELS:
            found.append(f"{LABEL}{mode} is {level[:40]!r}, which is no level")
        if version is not None and not _VERSION.fullmatch(version):
            found.append(f"{LABEL}{mode}-version is {version[:40]!r}, which is no version")
    return tuple(found)


def of_labels(labels: Mapping[str, str]) -> Iterator[tuple[str, Standard]]:
    """Each mode that a namespace's labels turn on, with its standard; the server takes what is no level for restricted."""
    for mode in MODES:
        level = labels.get(LABEL + mode)
        if level is None or "{{" in level:
            continue
        version = labels.get(f"{LABEL}{mode}-version", "latest")
        minor = _minor(version) if _VERSION.fullmatch(version) else LATEST
        yield mode, Standard(level=Level(level) if level in LEVELS else Level.RESTRICTED, minor=minor)
