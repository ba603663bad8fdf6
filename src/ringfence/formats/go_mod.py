"""go.mod. Source: go.dev/ref/mod, "go.mod files"."""

import re

from ringfence.errors import LimitExceeded, Malformed
from ringfence.model.fact import Fact

MAX_BYTES = 4 * 1024 * 1024
"""Bytes of one go.mod; go itself takes 16 MB, Kubernetes' has 20 kB."""
MAX_LINES = 100_000
"""Lines of one go.mod."""

_COUNTS = {"require": (2,), "exclude": (2,), "go": (1,), "toolchain": (1,), "module": (1,)}
_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`|[^\s"`]+')


class GoRequire(Fact):
    """`require path version`; `indirect` where the comment says so."""

    path: str
    version: str
    line: int
    indirect: bool = False


class GoReplace(Fact):
    """`replace old [version] => new [version]`; without `new_version` the new one is a folder."""

    old: str
    new: str
    line: int
    old_version: str = ""
    new_version: str = ""


class GoMod(Fact):
    """A module file. `go` and `toolchain` are as written (`1.22.1`, `go1.22.3`)."""

    module: str = ""
    go: str = ""
    go_line: int | None = None
    toolchain: str = ""
    toolchain_line: int | None = None
    requires: tuple[GoRequire, ...] = ()
    replaces: tuple[GoReplace, ...] = ()
    excludes: tuple[tuple[str, str], ...] = ()


class _Reader:
    def __init__(self) -> None:
        self.single: dict[str, tuple[str, int]] = {}
        self.requires: list[GoRequire] = []
        self.replaces: list[GoReplace] = []
        self.excludes: list[tuple[str, str]] = []

    def take(self, verb: str, words: list[str], comment: str, line: int) -> None:
        """One directive. Verbs that say nothing about dependencies, or that are not known yet, are passed over."""
        if verb in _COUNTS and len(words) not in _COUNTS[verb]:
            raise Malformed("go.mod", f"line {line}: {verb} with {len(words)} words")
        match verb:
            case "require":
                indirect = comment == "indirect" or comment.startswith("indirect;")
                self.requires.append(GoRequire(path=words[0], version=words[1], line=line, indirect=indirect))
            case "exclude":
                self.excludes.append((words[0], words[1]))
            case "replace":
                self.replaces.append(_replace(words, line))
            case "go" | "toolchain" | "module":
                self.single[verb] = (words[0], line)


def parse(data: bytes) -> GoMod:
    """The file's directives. Raises `Malformed`, `LimitExceeded`."""
    if len(data) > MAX_BYTES:
        raise LimitExceeded("bytes of a go.mod", MAX_BYTES)
    lines = data.decode("utf-8", "replace").split("\n")
    if len(lines) > MAX_LINES:
        raise LimitExceeded("lines of a go.mod", MAX_LINES)
    reader, block = _Reader(), ""
    for number, line in enumerate(lines, 1):
        text, _, comment = line.partition("//")
        words = [_bare(word) for word in _WORD.findall(text)]
        if not words:
            continue
        if block:
            if words == [")"]:
                block = ""
            else:
                reader.take(block, words, comment.strip(), number)
        elif words[-1] == "(" and len(words) == 2:
            block = words[0]
        else:
            reader.take(words[0], words[1:], comment.strip(), number)
    if block:
        raise Malformed("go.mod", f"the {block} block does not end")
    nothing: tuple[str, int | None] = ("", None)
    go, toolchain = reader.single.get("go", nothing), reader.single.get("toolchain", nothing)
    return GoMod(
        module=reader.single.get("module", nothing)[0],
        go=go[0],
        go_line=go[1],
        toolchain=toolchain[0],
        toolchain_line=toolchain[1],
        requires=tuple(reader.requires),
        replaces=tuple(reader.replaces),
        excludes=tuple(reader.excludes),
    )


def _replace(words: list[str], line: int) -> GoReplace:
    if "=>" not in words:
        raise Malformed("go.mod", f"line {line}: replace without =>")
    at = words.index("=>")
    old, new = words[:at], words[at + 1 :]
    if len(old) not in (1, 2) or len(new) not in (1, 2):
        raise Malformed("go.mod", f"line {line}: replace with {len(words)} words")
    return GoReplace(
        old=old[0],
        old_version=old[1] if len(old) == 2 else "",
        new=new[0],
        new_version=new[1] if len(new) == 2 else "",
        line=line,
    )


def _bare(word: str) -> str:
    return word[1:-1] if len(word) > 1 and word[0] in '"`' else word
