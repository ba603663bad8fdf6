"""pip's requirements files. Source: pip.pypa.io, "Requirements File Format"; PEP 508 through `packaging`."""

import re
import shlex
from collections.abc import Iterator

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import InvalidName, canonicalize_name

from ringfence.errors import LimitExceeded
from ringfence.formats.url import without_secret
from ringfence.model.fact import Fact

MAX_BYTES = 8 * 1024 * 1024
"""Bytes of one requirements file; one with every hash of 500 packages has about 2 MB."""
MAX_LINES = 200_000
"""Logical lines of one requirements file."""
MAX_LINE_LENGTH = 200_000
"""Characters of one logical line: a requirement with 1,000 hashes."""

_INDEXES = {
    "-i": "index",
    "--index-url": "index",
    "--pypi-url": "index",
    "--extra-index-url": "extra-index",
    "--trusted-host": "trusted-host",
    "-f": "find-links",
    "--find-links": "find-links",
}
_INCLUDES = {"-r": "requirement", "--requirement": "requirement", "-c": "constraint", "--constraint": "constraint"}
_EDITABLE = ("-e", "--editable")
_COMMENT = re.compile(r"(^|\s)#.*$")
_OPTION = re.compile(r"\s(?=--?[A-Za-z])")
_EGG = re.compile(r"[#&]egg=([A-Za-z0-9._-]+)")
_SCHEME = re.compile(r"(?:(git|hg|svn|bzr)\+)?[a-z+.-]+://|git@")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*", re.ASCII)
_VARIABLE = re.compile(r"\$\{[A-Z0-9_]+\}")


class RequirementLine(Fact):
    """One requirement. `version` is set if it is pinned. `source` is `registry`, `git`, `archive` or `path`.

    `variable` marks a line with an environment variable in it, whose value the file does not tell.
    """

    name: str
    specifier: str
    line: int
    version: str = ""
    marker: str = ""
    hashed: bool = False
    source: str = "registry"
    url: str = ""
    reference: str = ""
    editable: bool = False
    variable: bool = False


class IndexLine(Fact):
    """An option about where packages come from: `kind` is `index`, `extra-index`, `trusted-host` or `find-links`."""

    kind: str
    value: str
    line: int


class IncludeLine(Fact):
    """`-r` (`kind` `requirement`) or `-c` (`constraint`) of another file."""

    kind: str
    path: str
    line: int


class ViaLine(Fact):
    """What pip-compile and uv write below a requirement: who asks for it. `by` are names, or the files of the project's own
    wishes (`-r requirements.in`, `app (pyproject.toml)`).
    """

    name: str
    by: tuple[str, ...]


class RequirementsTxt(Fact):
    """A requirements file. `unread` are the lines that no rule of the format explains."""

    requirements: tuple[RequirementLine, ...] = ()
    indexes: tuple[IndexLine, ...] = ()
    includes: tuple[IncludeLine, ...] = ()
    unread: tuple[int, ...] = ()
    via: tuple[ViaLine, ...] = ()


def parse(data: bytes) -> RequirementsTxt:
    """The file's lines by what they are. Raises `LimitExceeded`."""
    if len(data) > MAX_BYTES:
        raise LimitExceeded("bytes of a requirements file", MAX_BYTES)
    requirements: list[RequirementLine] = []
    indexes: list[IndexLine] = []
    includes: list[IncludeLine] = []
    unread: list[int] = []
    whole = data.decode("utf-8-sig", "replace")
    for number, text in _logical_lines(whole):
        option, value = _option(text)
        if option in _INDEXES:
            indexes.append(IndexLine(kind=_INDEXES[option], value=without_secret(value), line=number))
        elif option in _INCLUDES:
            includes.append(IncludeLine(kind=_INCLUDES[option], path=without_secret(value), line=number))
        elif option and option not in _EDITABLE:
            continue  # how pip shall install, not what or from where
        else:
            found = _requirement(value if option else text, number, editable=bool(option))
            if found:
                requirements.append(found)
            else:
                unread.append(number)
    return RequirementsTxt(
        requirements=tuple(requirements),
        indexes=tuple(indexes),
        includes=tuple(includes),
        unread=tuple(unread),
        via=tuple(_via(whole)),
    )


def _via(text: str) -> Iterator[ViaLine]:
    """The `# via` comments, which stand behind a requirement or on lines of their own below it."""
    name, by, listing = "", list[str](), False
    for line in text.splitlines()[:MAX_LINES]:
        body, hash_, comment = line.partition("#")
        said = comment.strip()
        if body.strip() and not body.lstrip().startswith("-"):
            if name and by:
                yield ViaLine(name=name, by=tuple(_asker(item) for item in by if item))
            seen = _NAME.match(body)
            name, by, listing = (canonicalize_name(seen[0]) if seen else ""), [], False
        if hash_ and said.startswith("via"):
            listing = True
            by.append(said.removeprefix("via").strip())
        elif hash_ and listing and not body.strip() and line.startswith((" ", "\t")):
            by.append(said)
    if name and by:
        yield ViaLine(name=name, by=tuple(_asker(item) for item in by if item))


def _asker(text: str) -> str:
    return text if text.startswith("-") or "(" in text else canonicalize_name(text)


def _logical_lines(text: str) -> list[tuple[int, str]]:
    """The lines with continuations joined and comments gone, each with the number of its first physical line."""
    found: list[tuple[int, str]] = []
    parts: list[str] = []
    first, length = 0, 0
    for number, raw in enumerate(text.splitlines(), 1):
        # As pip: a comment line ends a continuation.
        is_comment = raw.lstrip().startswith("#")
        goes_on = raw.endswith("\\") and not is_comment
        first = first if parts else number
        piece = raw[:-1] if goes_on else raw
        length += len(piece)
        if length > MAX_LINE_LENGTH:
            raise LimitExceeded("characters of one requirement", MAX_LINE_LENGTH)
        parts.append(piece)
        if goes_on:
            continue
        whole = _COMMENT.sub("", " ".join(parts)).strip()
        parts, length = [], 0
        if whole:
            found.append((first, whole))
        if len(found) > MAX_LINES:
            raise LimitExceeded("lines of a requirements file", MAX_LINES)
    whole = _COMMENT.sub("", " ".join(parts)).strip()
    return [*found, (first, whole)] if whole else found


def _option(text: str) -> tuple[str, str]:
    """The option a line begins with, and what follows; ("", "") for a requirement."""
    if not text.startswith("-"):
        return "", ""
    word, _, rest = text.partition(" ")
    name, equals, value = word.partition("=")
    if word[:2] in ("-r", "-c", "-e", "-i", "-f") and len(name) > 2 and not word.startswith("--"):
        name, equals, value = word[:2], "=", word[2:]  # -rfile
    value = value if equals else rest.strip()
    try:
        words = shlex.split(value)
    except ValueError:
        words = value.split()
    return name, words[0] if words and name not in _EDITABLE else value


def _requirement(text: str, line: int, *, editable: bool) -> RequirementLine | None:
    head, *options = _OPTION.split(text)
    head = head.strip()
    hashed = any(word.startswith("--hash") for word in options)
    variable = _VARIABLE.search(head) is not None
    if editable or _SCHEME.match(head) or _is_path(head):
        return _from_place(head, line, hashed=hashed, editable=editable, variable=variable)
    try:
        parsed = Requirement(head)
        name = canonicalize_name(parsed.name)
    except (InvalidRequirement, InvalidName, RecursionError, ValueError):
        return _unresolved(head, line, hashed=hashed) if variable else None
    if parsed.url:
        found = _from_place(parsed.url, line, hashed=hashed, editable=False, variable=variable)
        return RequirementLine(
            name=name,
            specifier="",
            line=line,
            marker=str(parsed.marker or ""),
            hashed=found.hashed,
            source=found.source,
            url=found.url,
            reference=found.reference,
            variable=variable,
        )
    exact = [item.version for item in parsed.specifier if item.operator in ("==", "===") and not item.version.endswith(".*")]
    return RequirementLine(
        name=name,
        specifier=str(parsed.specifier),
        line=line,
        version=exact[0] if exact else "",
        marker=str(parsed.marker or ""),
        hashed=hashed,
    )


def _unresolved(head: str, line: int, *, hashed: bool) -> RequirementLine | None:
    name = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", head)
    if name is None:
        return None
    return RequirementLine(
        name=name[0].lower(), specifier=head[name.end() :].strip(), line=line, hashed=hashed, variable=True
    )


def _is_path(text: str) -> bool:
    return text.startswith((".", "/", "~")) or text.split(";", maxsplit=1)[0].strip().endswith((".whl", ".tar.gz", ".zip"))


def _from_place(place: str, line: int, *, hashed: bool, editable: bool, variable: bool) -> RequirementLine:
    """A requirement that names an address or a folder instead of a version."""
    egg = _EGG.search(place)
    address = place.split("#", maxsplit=1)[0].split(" ;", maxsplit=1)[0].strip()
    scheme = _SCHEME.match(address)
    source, reference = "path", ""
    if scheme and not address.startswith("file:"):
        source = "archive"
        if scheme[1] or address.startswith(("git@", "git:")):
            source = "git"
            after_host = address.partition("://")[2].partition("/")[2]
            if "@" in after_host:
                reference = after_host.rpartition("@")[2]
                address = address[: -len(reference) - 1]
    file = address.rstrip("/").rpartition("/")[2]
    return RequirementLine(
        name=egg[1].lower() if egg else (file or address),
        specifier="",
        line=line,
        hashed=hashed or "#sha256=" in place,
        source=source,
        url=without_secret(address),
        reference=reference,
        editable=editable,
        variable=variable,
    )
