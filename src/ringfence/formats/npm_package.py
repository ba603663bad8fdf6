"""An installed npm package's `package.json`.

Source: npm's documentation of package.json ("name": at most 214 characters, lower case for new ones, optional scope).
"""

import re

import msgspec

from ringfence.errors import Malformed
from ringfence.formats import typed_json
from ringfence.model.fact import Fact

_NAME = re.compile(r"(?:@[A-Za-z0-9~_.!'()*-]+/)?[A-Za-z0-9~_.!'()*-]+")
_VERSION = re.compile(r"[vV=]?\d[0-9A-Za-z.+-]*")


class NpmPackage(Fact):
    """Name with its scope, version, licence where it is one string."""

    name: str
    version: str
    licence: str = ""


class _Document(msgspec.Struct):
    name: object = ""
    version: object = ""
    license: object = ""


def parse(data: bytes) -> NpmPackage | None:
    """The package, or None if the file names none (`{"type": "module"}`, fixtures). Raises `Malformed` if it is no JSON."""
    document = typed_json.decode(data.removeprefix(b"\xef\xbb\xbf"), _Document, "package.json")
    name, version, licence = document.name, document.version, document.license
    if not isinstance(name, str) or not isinstance(version, str) or not name or not version:
        return None
    if len(name) > 214 or not _NAME.fullmatch(name) or not _VERSION.fullmatch(version.strip()):
        raise Malformed("package.json", "its name or version is none that npm takes")
    return NpmPackage(
        name=name,
        version=version.strip().lstrip("vV="),
        licence=licence if isinstance(licence, str) and len(licence) <= 80 else "",
    )
