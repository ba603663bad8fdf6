"""What a Go file imports: its import declarations, which stand before everything else. Source: go.dev/ref/spec, "Import
declarations".
"""

import re

from ringfence.errors import LimitExceeded
from ringfence.model.fact import Fact

MAX_BYTES = 8 * 1024 * 1024
"""Bytes of one source file; generated ones have some."""

_TOKEN = re.compile(
    rb"//[^\n]*|/\*[\s\S]*?\*/|"
    rb"\bimport\b\s*(?:\(([\s\S]*?)\)|(?:[\w.]+\s+)?[\"`]([^\"`\n]+)[\"`])|"
    rb"^(?:func|type|var|const)\b",
    re.MULTILINE,
)
_SPEC = re.compile(rb"//[^\n]*|/\*[\s\S]*?\*/|[\"`]([^\"`\n]+)[\"`]")


class GoImport(Fact, gc=False):
    """An imported package, by its path."""

    path: str
    line: int


def parse(data: bytes) -> tuple[GoImport, ...]:
    """The imports of a file. Raises `LimitExceeded`."""
    if len(data) > MAX_BYTES:
        raise LimitExceeded("bytes of a Go file", MAX_BYTES)
    found: list[GoImport] = []
    for seen in _TOKEN.finditer(data):
        if seen[0] in (b"func", b"type", b"var", b"const"):
            break
        for block, group in ((seen[1], 1), (seen[2], 2)):
            if block is None:
                continue
            pieces = _SPEC.finditer(block) if group == 1 else re.finditer(rb"(.+)", block)
            for piece in pieces:
                if piece[1]:
                    line = data.count(b"\n", 0, seen.start(group) + piece.start(1)) + 1
                    found.append(GoImport(path=piece[1].decode("utf-8", "replace"), line=line))
    return tuple(found)
