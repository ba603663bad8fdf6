"""Names of files that usually hold credentials, from `credential_files.json`."""

import fnmatch
from functools import cache

from ringfence.formats import typed_json
from ringfence.io import packaged
from ringfence.model.fact import Fact


class CredentialFile(Fact):
    """A pattern of names (with a slash: of the end of a path), what such a file holds, and where that is said."""

    pattern: str
    what: str
    source: str


class CredentialFiles(Fact):
    """The table. `harmless` are patterns of examples and encrypted files, which go first."""

    files: tuple[CredentialFile, ...]
    harmless: tuple[str, ...]


@cache
def table() -> CredentialFiles:
    """The table that ships with Ringfence."""
    data = packaged.read("knowledge/credential_files.json")
    return typed_json.decode(data, CredentialFiles, "table of files with credentials")


def held_in(path: str) -> str:
    """What the file at this path usually holds, by its name; empty for none of them."""
    name = path.rpartition("/")[2]
    known = table()
    if any(fnmatch.fnmatchcase(name, pattern) for pattern in known.harmless):
        return ""
    for file in known.files:
        pattern = file.pattern
        if fnmatch.fnmatchcase(name, pattern) or ("/" in pattern and fnmatch.fnmatchcase(f"/{path}", f"*/{pattern}")):
            return file.what
    return ""
