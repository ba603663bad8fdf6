"""Dockerfiles and Containerfiles as written: stages, instructions, flags, here-documents, and the scope of variables.

Source: Dockerfile reference, https://docs.docker.com/reference/dockerfile/ (syntax 1.7 and its labs: parser directives, line
continuation, here-documents, `--mount`, `--parents`, `--checksum`, replacement of variables). Nothing is run or fetched.
"""

import fnmatch
import json
import re
from collections.abc import Iterator, Mapping

from ringfence.errors import LimitExceeded, Malformed
from ringfence.model.fact import Fact
from ringfence.model.knowledge import Known, Maybe, Unknown

MAX_BYTES = 4 * 1024 * 1024
"""Bytes read of one file."""
MAX_INSTRUCTIONS = 5_000
"""Instructions of one file."""

NAMES = ("Dockerfile", "Containerfile", "Dockerfile.*", "Containerfile.*", "*.Dockerfile", "*.dockerfile", "*.Containerfile")
"""What such files are called. Source: docker-buildx-build(1), buildah-build(1), and editors' conventions."""
TEMPLATES = ("*.j2", "*.jinja", "*.jinja2", "*.tmpl", "*.tpl", "*.erb", "*.in", "*.dockerignore", "*.md")
"""Endings of what is no such file itself."""
KEYWORDS = frozenset(
    {"ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD"}
    | {"RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"}
)
_DIRECTIVE = re.compile(r"#[ \t]*(syntax|escape|check)[ \t]*=[ \t]*(\S.*)", re.IGNORECASE)
_HEREDOC = re.compile(r"(?:(?<=\s)|^)\d*<<(-?)(?:\"([A-Za-z_]\w*)\"|'([A-Za-z_]\w*)'|([A-Za-z_]\w*))")
_FLAG = re.compile(r"--([a-z][a-z-]*)(?:=(\"[^\"]*\"|'[^']*'|\S*))?(?=\s|$)")
_WITH_HEREDOC = frozenset({"RUN", "COPY", "ADD"})
_WITH_FLAGS = frozenset({"FROM", "RUN", "COPY", "ADD", "HEALTHCHECK"})
_VARIABLE = re.compile(r"\\(.)|\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-+?])([^{}]*))?\}|(\{))", re.DOTALL)


class Heredoc(Fact):
    """The body of a here-document; with `literal` no variable in it is replaced."""

    name: str
    body: str
    literal: bool = False


class Instruction(Fact):
    """One instruction: `text` is what follows keyword and flags, joined to one line; `words` the JSON form, if it is one.

    `line` and `end` are its first and last line, counted from 1. With `trigger` it stands behind ONBUILD.
    """

    keyword: str
    text: str
    line: int
    end: int
    flags: tuple[tuple[str, str], ...] = ()
    words: tuple[str, ...] | None = None
    heredocs: tuple[Heredoc, ...] = ()
    trigger: bool = False

    def flag(self, name: str) -> str:
        """The first value of a flag, or nothing."""
        return next((value for key, value in self.flags if key == name), "")


class Stage(Fact):
    """What stands between one FROM and the next. `base` is as written; `name` is what `AS` gave it."""

    base: str
    name: str
    start: Instruction
    instructions: tuple[Instruction, ...] = ()


class Dockerfile(Fact):
    """A file: its parser directives, the `ARG`s before the first stage, its stages."""

    directives: tuple[tuple[str, str], ...] = ()
    arguments: tuple[Instruction, ...] = ()
    stages: tuple[Stage, ...] = ()


def is_name(name: str) -> bool:
    """Whether a file of this name is a Dockerfile."""
    fits = any(fnmatch.fnmatchcase(name, pattern) for pattern in NAMES)
    return fits and not any(fnmatch.fnmatchcase(name, pattern) for pattern in TEMPLATES)


def parse(data: bytes) -> Dockerfile:
    """The file. Raises `Malformed` naming the line, `LimitExceeded`."""
    if len(data) > MAX_BYTES:
        raise LimitExceeded("bytes of a Dockerfile", MAX_BYTES)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        raise Malformed("Dockerfile", "it is not UTF-8") from cause
    lines = text.replace("\r\n", "\n").split("\n")
    directives = _directives(lines)
    escape = dict(directives).get("escape", "\\")
    if escape not in ("\\", "`"):
        raise Malformed("Dockerfile", f"the escape character {escape!r} is none")
    arguments: list[Instruction] = []
    stages: list[tuple[Instruction, list[Instruction]]] = []
    for item in _instructions(lines, escape):
        if item.keyword == "FROM":
            stages.append((item, []))
        elif stages:
            stages[-1][1].append(item)
        elif item.keyword == "ARG":
            arguments.append(item)
        else:
            raise Malformed("Dockerfile", f"line {item.line}: {item.keyword} stands before the first FROM")
    if not stages:
        raise Malformed("Dockerfile", "it has no FROM")
    found = tuple(_stage(start, inside) for start, inside in stages)
    return Dockerfile(directives=directives, arguments=tuple(arguments), stages=found)


def assignments(item: Instruction) -> tuple[tuple[str, str | None], ...]:
    """The names that ARG, ENV or LABEL set, with their values as written; None where ARG gives no default."""
    words = _split(item.text)
    if item.keyword == "ENV" and words and "=" not in words[0]:
        name, _, rest = item.text.partition(" ")
        return ((name, rest.strip()),)
    pairs = (word.partition("=") for word in words)
    return tuple((_bare(name), value if mark else None) for name, mark, value in pairs)


def expanded(text: str, values: Mapping[str, Maybe[str]]) -> Maybe[str]:
    """The text with its variables replaced and its quotes taken off; a name without a value is empty.

    Unknown where a value is, and for patterns (`${name#pattern}`). Single quotes keep a `$`.
    """
    found: list[str] = []
    for quoted, part in _quoted(text):
        if quoted:
            found.append(part)
            continue
        last = 0
        for seen in _VARIABLE.finditer(part):
            found.append(part[last : seen.start()])
            last = seen.end()
            value = _replacement(seen, values)
            if isinstance(value, Unknown):
                return value
            found.append(value.value)
        found.append(part[last:])
    return Known("".join(found))


def _replacement(seen: re.Match[str], values: Mapping[str, Maybe[str]]) -> Maybe[str]:
    escaped, plain, braced, operator, word, open_ = seen.groups()
    if escaped is not None:
        return Known(escaped)
    if open_:
        return Unknown("it has a variable with a pattern in it")
    name = plain or braced
    value = values.get(name)
    if isinstance(value, Unknown):
        return value
    is_set = value is not None and bool(value.value or not (operator or "").startswith(":"))
    if operator and operator[-1] == "-" and not is_set:
        return expanded(word, values)
    if operator and operator[-1] == "+":
        return expanded(word, values) if is_set else Known("")
    return value if value is not None else Known("")


def _directives(lines: list[str]) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {}
    for line in lines:
        seen = _DIRECTIVE.fullmatch(line.strip())
        if seen is None or seen.group(1).lower() in found:
            break
        found[seen.group(1).lower()] = seen.group(2).strip()
    return tuple(found.items())


def _instructions(lines: list[str], escape: str) -> Iterator[Instruction]:
    at = count = 0
    while at < len(lines):
        if not lines[at].strip() or lines[at].lstrip().startswith("#"):
            at += 1
            continue
        count += 1
        if count > MAX_INSTRUCTIONS:
            raise LimitExceeded("instructions of a Dockerfile", MAX_INSTRUCTIONS)
        line = at + 1
        text, at = _joined(lines, at, escape)
        keyword, _, rest = text.partition(" ")
        trigger = keyword.upper() == "ONBUILD"
        if trigger:
            keyword, _, rest = rest.strip().partition(" ")
        if keyword.upper() not in KEYWORDS:
            raise Malformed("Dockerfile", f"line {line}: {keyword[:40]!r} is no instruction")
        heredocs: list[Heredoc] = []
        if keyword.upper() in _WITH_HEREDOC:
            heredocs, at = _heredocs(lines, at, rest, line)
        yield _instruction(keyword.upper(), rest.strip(), (line, at), tuple(heredocs), trigger=trigger)


def _joined(lines: list[str], at: int, escape: str) -> tuple[str, int]:
    """A line with those that continue it, comments and empty lines between left out; and the line after them."""
    parts: list[str] = []
    while at < len(lines):
        line = lines[at].rstrip()
        at += 1
        if parts and (not line or line.lstrip().startswith("#")):
            continue
        goes_on = line.endswith(escape)
        parts.append((line[:-1] if goes_on else line).replace("\t", " "))
        if not goes_on:
            break
    return "".join(parts).strip(), at


def _heredocs(lines: list[str], at: int, text: str, line: int) -> tuple[list[Heredoc], int]:
    found = []
    for seen in _HEREDOC.finditer(text):
        name = seen.group(2) or seen.group(3) or seen.group(4)
        body = []
        while at < len(lines):
            row = lines[at].lstrip("\t") if seen.group(1) else lines[at]
            at += 1
            if row == name:
                break
            body.append(row)
        else:
            raise Malformed("Dockerfile", f"line {line}: the here-document {name} has no end")
        found.append(Heredoc(name=name, body="\n".join(body), literal=seen.group(4) is None))
    return found, at


def _instruction(
    keyword: str, rest: str, lines: tuple[int, int], heredocs: tuple[Heredoc, ...], *, trigger: bool
) -> Instruction:
    flags: list[tuple[str, str]] = []
    if keyword in _WITH_FLAGS:
        while seen := _FLAG.match(rest):
            flags.append((seen.group(1), (seen.group(2) or "").strip("\"'")))
            rest = rest[seen.end() :].lstrip()
    line, end = lines
    words = _json_words(rest)
    return Instruction(
        keyword=keyword, text=rest, line=line, end=end, flags=tuple(flags), words=words, heredocs=heredocs, trigger=trigger
    )


def _json_words(text: str) -> tuple[str, ...] | None:
    if not text.startswith("["):
        return None
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(read, list) or not all(isinstance(word, str) for word in read):
        return None
    return tuple(str(word) for word in read)


def _stage(start: Instruction, inside: list[Instruction]) -> Stage:
    words = start.text.split()
    if not words:
        raise Malformed("Dockerfile", f"line {start.line}: FROM names no image")
    named = len(words) == 3 and words[1].lower() == "as"  # FROM image AS name
    if len(words) > 1 and not named:
        raise Malformed("Dockerfile", f"line {start.line}: FROM takes an image and AS with a name")
    return Stage(base=words[0], name=words[2].lower() if named else "", start=start, instructions=tuple(inside))


def _split(text: str) -> list[str]:
    """Words, with their quotes, split at spaces outside of quotes."""
    words: list[str] = []
    word, quote, at = "", "", 0
    while at < len(text):
        char = text[at]
        if char == "\\" and quote != "'":
            word += text[at : at + 2]
            at += 2
            continue
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        if char == " " and not quote:
            words.append(word)
            word = ""
        else:
            word += char
        at += 1
    return [item for item in (*words, word) if item]


def _bare(word: str) -> str:
    return word.strip("\"'")


def _quoted(text: str) -> Iterator[tuple[bool, str]]:
    """Pieces of a text: (True, what stood in single quotes) or (False, the rest, double quotes taken off)."""
    rest, plain = text, []
    inside_double = False
    at = 0
    while at < len(rest):
        char = rest[at]
        if char == "\\" and at + 1 < len(rest):
            plain.append(rest[at : at + 2])
            at += 2
        elif char == '"':
            inside_double = not inside_double
            at += 1
        elif char == "'" and not inside_double and (end := rest.find("'", at + 1)) > 0:
            yield False, "".join(plain)
            plain = []
            yield True, rest[at + 1 : end]
            at = end + 1
        else:
            plain.append(char)
            at += 1
    yield False, "".join(plain)
