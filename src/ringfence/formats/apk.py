"""Alpine's database of installed packages, `lib/apk/db/installed`.

Source: the apk-tools manual pages apk-package(5) and the Alpine wiki, "Apk spec": one letter a field, a blank line ends a
package; `F:` opens a directory, `R:` names a file in it.
"""

from collections.abc import Iterator

from ringfence.errors import LimitExceeded
from ringfence.model.fact import Fact

MAX_PACKAGES = 100_000
"""Packages in one database; all of Alpine has about 30,000."""


class ApkPackage(Fact):
    """An installed package; `origin` is the source package it was built from, its own name where none is given."""

    name: str
    version: str
    arch: str
    origin: str
    licence: str


def parse(data: bytes) -> tuple[ApkPackage, ...]:
    """The installed packages; a paragraph without name or version is passed over. Raises `LimitExceeded`."""
    found: list[ApkPackage] = []
    fields: dict[str, str] = {}
    for line in (*data.decode("utf-8", "replace").split("\n"), ""):
        if line:
            if line[1:2] == ":" and line[0] in "PVAoL":
                fields.setdefault(line[0], line[2:].strip())
            continue
        name, version = fields.get("P", ""), fields.get("V", "")
        if name and version:
            if len(found) >= MAX_PACKAGES:
                raise LimitExceeded("packages of one apk database", MAX_PACKAGES)
            found.append(
                ApkPackage(
                    name=name,
                    version=version,
                    arch=fields.get("A", ""),
                    origin=fields.get("o") or name,
                    licence=fields.get("L", ""),
                )
            )
        fields = {}
    return tuple(found)


def owned_files(data: bytes) -> Iterator[tuple[str, str]]:
    """Each file with the package that owns it: (package name, path relative to the root)."""
    name = folder = ""
    for line in data.decode("utf-8", "replace").split("\n"):
        match line[:2]:
            case "P:":
                name, folder = line[2:].strip(), ""
            case "F:":
                folder = line[2:].strip("/")
            case "R:" if name:
                yield name, f"{folder}/{line[2:]}" if folder else line[2:]
