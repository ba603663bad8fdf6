"""Gemfile.lock and Gemfile of Bundler.

Sources: bundler.io "Gemfile" and the lock files Bundler writes: sections GEM, GIT, PATH with `specs:`, then DEPENDENCIES
(what the Gemfile asks for), CHECKSUMS since Bundler 2.5.
"""

import re

from ringfence.errors import LimitExceeded
from ringfence.formats.declared import Declared, Project, Registry, limited
from ringfence.formats.locked import MAX_BYTES, Locked, LockedPackage, Member, Need, locked
from ringfence.formats.url import without_secret

_SPEC = re.compile(r" {4}([A-Za-z0-9_.-]+) \(([^)\s]+)\)")
_NEED = re.compile(r" {6}([A-Za-z0-9_.-]+)(?: \(([^)]*)\))?")
_ASK = re.compile(r" {2}([A-Za-z0-9_.-]+)(?: \(([^)]*)\))?(!)?")
_SUM = re.compile(r" {2}([A-Za-z0-9_.-]+) \(([^)]+)\) sha256=")
_FIELD = re.compile(r" {2}(remote|revision|ref|branch|tag): (.*)")
_SOURCES = {"GEM": "registry", "GIT": "git", "PATH": "path", "PLUGIN SOURCE": "registry"}
_PLATFORM = re.compile(r"-(?:java|x86|x64|arm|aarch64|universal|ruby|mswin|mingw).*")

_GEM = re.compile(r"""^\s*gem\s*\(?\s*["']([A-Za-z0-9_.-]+)["'](.*)$""")
_TEXT = re.compile(r"""["']([^"']*)["']""")
_OPTION = re.compile(r"""(?::(\w+)\s*=>|(\w+):)\s*["']([^"']+)["']""")
_GROUP = re.compile(r"^\s*group\s*\(?(.*?)\)?\s+do\b")
_SOURCE_LINE = re.compile(r"""^\s*source\s*\(?\s*["']([^"']+)["']""")


class _Reader:
    """The state between lines of a lock file."""

    def __init__(self) -> None:
        self.section = ""
        self.fields: dict[str, str] = {}
        self.found: list[tuple[LockedPackage, list[Need]]] = []
        self.asks: list[Need] = []
        self.sums: set[tuple[str, str]] = set()

    def take(self, line: str, number: int) -> None:
        """One line."""
        if line and line[0] != " ":
            self.section, self.fields = line.strip(), {}
        elif self.section in _SOURCES:
            self._source(line, number)
        elif self.section == "DEPENDENCIES" and (ask := _ASK.fullmatch(line)):
            self.asks.append(Need(key=ask[1], specifier=ask[2] or ""))
        elif self.section == "CHECKSUMS" and (seen := _SUM.match(line)):
            self.sums.add((seen[1], _PLATFORM.sub("", seen[2])))

    def _source(self, line: str, number: int) -> None:
        field, spec, need = _FIELD.fullmatch(line), _SPEC.fullmatch(line), _NEED.fullmatch(line)
        if field:
            self.fields[field[1]] = field[2].strip()
        elif spec:
            package = LockedPackage(
                name=spec[1],
                version=_PLATFORM.sub("", spec[2]),
                line=number,
                source=_SOURCES[self.section],
                url=without_secret(self.fields.get("remote", "")),
                reference=self.fields.get("revision", ""),
                key=spec[1],
            )
            self.found.append((package, []))
        elif need and self.found:
            self.found[-1][1].append(Need(key=need[1], specifier=need[2] or ""))


def parse_lock(data: bytes) -> Locked:
    """The gems in file order, each once for all platforms. Raises `LimitExceeded`."""
    if len(data) > MAX_BYTES:
        raise LimitExceeded("bytes of a Gemfile.lock", MAX_BYTES)
    reader = _Reader()
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        reader.take(line.rstrip(), number)
    once: dict[tuple[str, str], LockedPackage] = {}
    for item, needs in reader.found:
        known = (item.name, item.version) in reader.sums if item.source == "registry" else None
        once.setdefault(
            (item.name, item.version),
            LockedPackage(
                name=item.name,
                version=item.version,
                line=item.line,
                source=item.source,
                url=item.url,
                reference=item.reference,
                hashed=known,
                key=item.key,
                needs=tuple(needs),
            ),
        )
    return locked(once.values(), [Member(name="Gemfile", asks=tuple(reader.asks))] if reader.asks else [])


def parse(data: bytes) -> Project:
    """What a Gemfile asks for, as far as it is written plainly: it is a program, and not run. Raises `LimitExceeded`."""
    asks: list[Declared] = []
    registries: list[Registry] = []
    groups: list[str] = []
    for number, line in enumerate(limited(data, "Gemfile").decode("utf-8", "replace").splitlines(), 1):
        if seen := _GROUP.match(line):
            groups.append(seen[1])
        elif line.strip() == "end" and groups:
            groups.pop()
        elif seen := _SOURCE_LINE.match(line):
            kind = "extra-index" if registries else "index"
            registries.append(Registry(kind=kind, url=without_secret(seen[1]), line=number))
        elif seen := _GEM.match(line):
            asks.append(_gem(seen[1], seen[2].partition("#")[0], groups, number))
    return Project(asks=tuple(asks), registries=tuple(registries))


def _gem(name: str, rest: str, groups: list[str], number: int) -> Declared:
    options = {seen[1] or seen[2]: seen[3] for seen in _OPTION.finditer(rest)}
    versions = _TEXT.findall(_OPTION.sub("", rest).partition("=>")[0])
    place = options.get("git") or options.get("github", "")
    group = " ".join(groups)
    return Declared(
        name=name,
        specifier=", ".join(versions),
        group=group,
        dev="development" in group or "test" in group or "group: :test" in rest or "group: :development" in rest,
        source="git" if place else "path" if "path" in options else "registry",
        url=without_secret(place or options.get("path", "")),
        reference=options.get("ref") or options.get("tag") or options.get("branch", ""),
        line=number,
    )
