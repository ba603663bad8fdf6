"""The `release` file at the root of a Java runtime, and the `VERSION` file of a Go distribution.

Sources: JDK, `make/ReleaseFile.gmk` (lines of KEY="VALUE"); Go, `VERSION` (its first line is `go1.22.1`).
"""

import re

MAX_BYTES = 64 * 1024
"""Bytes looked at; real ones have less than 2 KB."""

_VALUE = re.compile(rb'^(JAVA_VERSION|JAVA_RUNTIME_VERSION|IMPLEMENTOR)="([^"\n]{1,100})"', re.MULTILINE)
_GO = re.compile(rb"go([0-9]+\.[0-9]+[0-9a-z.]{0,20})\s")


def java(data: bytes) -> tuple[str, str]:
    """Who made a Java runtime, and its version; both empty if the file is of something else."""
    found = {key: value.decode("utf-8", "replace") for key, value in _VALUE.findall(data[:MAX_BYTES])}
    version = found.get(b"JAVA_RUNTIME_VERSION") or found.get(b"JAVA_VERSION", "")
    return (found.get(b"IMPLEMENTOR", ""), version) if b"JAVA_VERSION" in found else ("", "")


def go(data: bytes) -> str:
    """The version of a Go distribution, empty if the file is of something else."""
    found = _GO.match(data[:MAX_BYTES] + b"\n")
    return found[1].decode("ascii") if found else ""
