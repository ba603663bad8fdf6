"""gradle.lockfile: a line `group:name:version=configuration,...`. Source: docs.gradle.org "Locking Versions"."""

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats.locked import MAX_BYTES, Locked, LockedPackage, locked

_TESTS = ("test", "androidTest", "checkstyle", "pmd", "spotbugs", "jacoco", "detekt", "ktlint")
"""Beginnings of the names of configurations that no shipped program gets."""


def parse(data: bytes) -> Locked:
    """The packages in file order. Raises `Malformed`, `LimitExceeded`."""
    if len(data) > MAX_BYTES:
        raise LimitExceeded("bytes of a gradle.lockfile", MAX_BYTES)
    found: list[LockedPackage] = []
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        text = line.strip()
        if not text or text.startswith(("#", "empty=")):
            continue
        coordinates, equals, where = text.partition("=")
        parts = coordinates.split(":")
        if not equals or len(parts) != 3 or not all(parts):
            raise Malformed("gradle.lockfile", f"line {number}: not group:name:version=configurations")
        name = f"{parts[0]}:{parts[1]}"
        dev = all(item.startswith(_TESTS) for item in where.split(","))
        found.append(LockedPackage(name=name, version=parts[2], line=number, dev=dev, key=name))
    return locked(found)
