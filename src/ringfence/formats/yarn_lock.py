"""yarn.lock, of Yarn classic (1) and of Yarn berry (2 to 4).

Sources: classic.yarnpkg.com "yarn.lock" and the files it writes (a form of its own: indented blocks under the questions that
they answer); yarnpkg.com "Lockfile" (berry's is YAML, with `__metadata`).
"""

import re
from collections.abc import Iterator

import msgspec

from ringfence.errors import LimitExceeded, Malformed
from ringfence.formats import typed_yaml
from ringfence.formats.locked import MAX_BYTES, Locked, LockedPackage, Member, Need, locked
from ringfence.formats.npm_source import source
from ringfence.formats.url import is_commit

_FORM = "yarn.lock"
_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|([^\s",]+)')
_COMMIT_OF = re.compile(r"#commit=([0-9a-f]{40})")


class _Entry(msgspec.Struct, rename={"link": "linkType"}):
    version: str = ""
    resolution: str = ""
    dependencies: dict[str, str] = {}
    checksum: str = ""
    link: str = ""


class _Block:
    """One block of a classic file while it is read."""

    def __init__(self, answers: list[str], line: int) -> None:
        self.answers = answers
        self.line = line
        self.fields: dict[str, str] = {}
        self.needs: list[Need] = []


def parse(data: bytes) -> Locked:
    """The packages in file order. Raises `Malformed`, `LimitExceeded`."""
    if len(data) > MAX_BYTES:
        raise LimitExceeded(f"bytes of a {_FORM}", MAX_BYTES)
    return _berry(data) if b"\n__metadata:" in b"\n" + data[:10_000] else _classic(data)


def _classic(data: bytes) -> Locked:
    try:
        lines = data.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as cause:
        raise Malformed(_FORM, str(cause)) from cause
    return locked(_block(item) for item in _blocks(lines) if item.fields.get("version"))


def _blocks(lines: list[str]) -> Iterator[_Block]:
    here: _Block | None = None
    section = False
    for number, raw in enumerate(lines, 1):
        line = raw.rstrip("\r ")
        depth = len(line) - len(line.lstrip(" "))
        words = [quoted or bare for quoted, bare in _WORD.findall(line)] if line and line[depth] != "#" else []
        if not words:
            continue
        if depth == 0:
            if not line.endswith(":"):
                raise Malformed(_FORM, f"line {number}: no colon ends the question")
            if here:
                yield here
            words[-1] = words[-1].removesuffix(":")
            here, section = _Block([word for word in words if word], number), False
        elif here is None:
            raise Malformed(_FORM, f"line {number}: it belongs to no package")
        elif depth <= 2:
            section = line.strip() in ("dependencies:", "optionalDependencies:")
            if len(words) >= 2:
                here.fields[words[0]] = words[1]
        elif section and len(words) >= 2:
            here.needs.append(Need(key=f"{words[0]}@{' '.join(words[1:])}", specifier=" ".join(words[1:])))
    if here:
        yield here


def _block(item: _Block) -> LockedPackage:
    name = _name(item.answers[0]) if item.answers else ""
    asked = item.answers[0].removeprefix(f"{name}@") if item.answers else ""
    # `alias@npm:real@^1` is installed as alias, and is real.
    real = _name(asked.removeprefix("npm:")) if asked.startswith("npm:") else name
    kind, url, reference = source(item.fields.get("resolved", ""))
    return LockedPackage(
        name=real,
        version=item.fields["version"],
        line=item.line,
        source=kind,
        url=url,
        reference=reference,
        hashed=bool(item.fields.get("integrity")) or (kind == "registry" and "#" in item.fields.get("resolved", "")),
        key=f"{real}@{item.fields['version']}",
        needs=tuple(item.needs),
        answers=tuple(item.answers),
    )


def _name(text: str) -> str:
    """The name in `name@range`, whose scope begins with an @ of its own."""
    at = text.find("@", 1)
    return text if at < 0 else text[:at]


def _berry(data: bytes) -> Locked:
    found = typed_yaml.decode(data, dict[str, _Entry], _FORM)
    lines = found.lines()
    packages: list[LockedPackage] = []
    members: list[Member] = []
    for key, entry in found.document.items():
        if key == "__metadata":
            continue
        name, _, where = entry.resolution.partition("@") if entry.resolution[:1] != "@" else _scoped(entry.resolution)
        needs = tuple(
            Need(key=f"{need}@{range_}", specifier=range_.removeprefix("npm:"))
            for need, range_ in entry.dependencies.items()
        )
        if where.startswith("workspace:"):
            members.append(Member(name=name, path=where.removeprefix("workspace:"), asks=needs))
            continue
        answers = tuple(item for text in key.split(", ") for item in _spellings(text.strip()))
        packages.append(_resolved(name, where, entry, lines.get(key), needs, answers))
    return locked(packages, members)


def _scoped(text: str) -> tuple[str, str, str]:
    name, at, where = text[1:].partition("@")
    return f"@{name}", at, where


def _spellings(text: str) -> tuple[str, ...]:
    """Berry 4 writes `a@npm:^1` in the questions; what asks may leave `npm:` out."""
    name = _name(text)
    return (text, f"{name}@{text.removeprefix(f'{name}@').removeprefix('npm:')}")


def _resolved(
    name: str, where: str, entry: _Entry, line: int | None, needs: tuple[Need, ...], answers: tuple[str, ...]
) -> LockedPackage:
    kind, url, reference = ("registry", "", "") if where.startswith("npm:") else source(where)
    commit = _COMMIT_OF.search(where)
    if commit:
        kind, reference = "git", commit[1]
    return LockedPackage(
        name=name,
        version=entry.version,
        line=line,
        source="path" if where.startswith(("patch:", "virtual:")) and "@npm" not in where else kind,
        url=url,
        reference=reference,
        hashed=bool(entry.checksum) or is_commit(reference),
        key=f"{name}@{where}",
        needs=needs,
        answers=answers,
    )
