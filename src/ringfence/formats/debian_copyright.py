"""The licences that a Debian package's `copyright` file names, if it is written for machines.

Source: debian.org, "Machine-readable debian/copyright file" 1.0 (DEP-5): a paragraph a set of files, each with `License:`,
whose first line is a short name, or several joined by `and`, `or`, and commas.
"""

import re

MAX_BYTES = 4 * 1024 * 1024
"""Bytes looked at of one file; the largest seen (of a kernel, of texlive) have 2 MB."""
MAX_LICENCES = 200
"""Licences of one package."""

_FORMAT = re.compile(rb"\s*Format(?:-Specification)?:\s*\S*(?:copyright-format|dep5|dep-5)", re.IGNORECASE)
_LICENCE = re.compile(rb"^License:[ \t]*([^\n]+)", re.MULTILINE | re.IGNORECASE)
_JOINED = re.compile(r",?\s+(?:and|or)\s+|,\s*", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+~_-]{0,80}(?: with [A-Za-z0-9 .+-]{1,60} exception)?", re.IGNORECASE)


def licences(data: bytes) -> tuple[str, ...]:
    """The short names in the order of the file, each once; none if the file is for people alone."""
    data = data[:MAX_BYTES]
    if not _FORMAT.match(data):
        return ()
    found: dict[str, None] = {}
    for line in _LICENCE.findall(data):
        for name in _JOINED.split(line.decode("utf-8", "replace").strip()):
            if _NAME.fullmatch(name.strip()) and len(found) < MAX_LICENCES:
                found[name.strip()] = None
    return tuple(found)
