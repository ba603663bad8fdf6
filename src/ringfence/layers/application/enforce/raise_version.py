"""Raise what a manifest asks for: the version or range on its line, everything else as it stands.

A range keeps its kind (`^`, `~>`, `==`); one of another kind becomes "at least the version". A line with hashes is left: the
new content's hash is not known here. Sources: the same as of `versions.admits`.
"""

import re
from collections.abc import Iterable, Iterator

from ringfence.layers.application.evaluate.mending import Raise
from ringfence.model.fact import Fact
from ringfence.model.plan import Edit

MAX_LINES_ON = 15
"""Lines after the one that names a package in which its version is looked for (XML, TOML tables)."""

_PLACES = {
    "PyPI": (
        r"""{name}\s*(?:\[[^\]]*\])?\s*(?:["']?\s*=\s*(?:\{{[^}}]*version\s*=\s*)?["'])?"""
        r"""(?P<old>[<>=!~^*\d][^;#"'\\]*)"""
    ),
    "conda": r"{name}\s*(?P<old>[<>=!~][^#\s]*)",
    "npm": r'"{name}"\s*:\s*"(?P<old>[^"]*)"',
    "Packagist": r'"{name}"\s*:\s*"(?P<old>[^"]*)"',
    "crates.io": r"""(?:{name}\s*=\s*|version\s*=\s*)(?:\{{[^}}]*?version\s*=\s*)?"(?P<old>[^"]*)\"""",
    "RubyGems": r"""gem\s*\(?\s*["']{name}["']\s*,\s*(?P<old>["'][^"':]*["'](?:\s*,\s*["'][^"':]*["'])*)""",
    "Go": r"{name}\s+(?P<old>v\S+)",
    "NuGet": r"""(?:[Vv]ersion(?:Override)?\s*=\s*"|<Version(?:Override)?>\s*)(?P<old>[^"<]*)""",
    "Maven": r"<version>\s*(?P<old>[^<]*?)\s*</version>",
    "Pub": r"""{name}\s*:\s*["']?(?P<old>[^"'#\s][^"'#]*)""",
}
_WITHOUT_NAME = frozenset({"NuGet", "Maven", "crates.io"})
"""Ecosystems whose files may have the version on a line after the name."""
_KEPT = re.compile(r"\s*(===?|\^|~>|~=|~|=)?\s*v?[0-9][\w.+!-]*\s*")
_PROPERTY = re.compile(r"\$\{([^}]+)\}")


class Raised(Fact):
    """The edits of one file, and a sentence for each wish that was left."""

    edits: tuple[Edit, ...] = ()
    left: tuple[str, ...] = ()


def raised(text: str, wanted: Iterable[tuple[Raise, str]]) -> Raised:
    """The edits that raise each wish, with its reason. Where two touch one line, the second builds on the first."""
    lines = text.split("\n")
    edits: dict[int, Edit] = {}
    left: list[str] = []
    for wish, reason in wanted:
        found = _place(lines, wish)
        if found is None:
            left.append(
                f"{wish.path}: {wish.name} is not written in a way that can be changed safely; raise it to {wish.to}"
            )
            continue
        number, line, old = found
        if _hashed(lines, number):
            left.append(
                f"{wish.path}:{number}: {wish.name} has hashes, which are not known for {wish.to}; write the file again"
            )
            continue
        lines[number - 1] = line
        before = edits.get(number)
        edits[number] = Edit(
            line=number,
            removed=1,
            added=(line,),
            reason=f"{before.reason}; {reason}" if before else reason,
            may_break=f"what {wish.name} changed between {old.strip()} and {wish.to}",
            see="the tests; the release notes of the package",
        )
    return Raised(edits=tuple(edits[number] for number in sorted(edits)), left=tuple(left))


def range_for(ecosystem: str, old: str, to: str) -> str:
    """A range of the same kind as `old` that begins at `to`."""
    bare = to.removeprefix("v")
    match ecosystem:
        case "Go":
            return f"v{bare}"
        case "Maven" | "NuGet":
            return f"[{bare}]" if old.strip().startswith("[") and "," not in old else bare
        case "RubyGems":
            first = old.strip().strip("\"'")
            return f'"{"~> " if first.startswith("~>") else "" if first[:1].isdigit() else ">= "}{bare}"'
    alias = old[: old.rindex("@") + 1] if old.startswith("npm:") and "@" in old[5:] else ""
    seen = _KEPT.fullmatch(old.removeprefix(alias))
    if seen:
        kept = seen[1] or ""
        return f"{alias}{kept}{bare}"
    return f"{alias}^{bare}" if ecosystem in ("Packagist", "Pub") else f"{alias}>={bare}"


def _place(lines: list[str], wish: Raise) -> tuple[int, str, str] | None:
    """Line number, the line as it shall be, and the old range; None if it is not found, or is no plain text."""
    form = _PLACES.get(wish.ecosystem)
    if form is None or wish.line is None or not 0 < wish.line <= len(lines):
        return None
    name = _name(wish)
    pattern = re.compile(form.format(name=name), re.IGNORECASE if wish.ecosystem in ("PyPI", "NuGet") else 0)
    last = wish.line + (MAX_LINES_ON if wish.ecosystem in _WITHOUT_NAME else 0)
    for number in range(wish.line, min(last, len(lines)) + 1):
        line = lines[number - 1]
        seen = pattern.search(line)
        if seen:
            return _changed(lines, number, seen, wish)
        if number > wish.line and re.search(r"</dependency>|</PackageReference>|^\s*\[", line):
            break
    return None


def _name(wish: Raise) -> str:
    """The name as it may be written: Python's in any spelling of its dashes."""
    if wish.ecosystem == "PyPI":
        return "[-_.]+".join(re.escape(part) for part in re.split(r"[-_.]+", wish.name))
    return re.escape(wish.name)


def _changed(lines: list[str], number: int, seen: re.Match[str], wish: Raise) -> tuple[int, str, str] | None:
    line, old = lines[number - 1], seen["old"].rstrip()
    named = _PROPERTY.fullmatch(old.strip())
    if named:
        return _in_property(lines, named[1], wish)
    if not old.strip() or "$" in old:
        return None
    new = range_for(wish.ecosystem, old, wish.to)
    start = seen.start("old")
    return number, line[:start] + new + line[start + len(old) :], old


def _in_property(lines: list[str], name: str, wish: Raise) -> tuple[int, str, str] | None:
    """A pom's property, if the file sets it exactly once and to a plain version."""
    pattern = re.compile(rf"<{re.escape(name)}>\s*([\w.+-]+)\s*</{re.escape(name)}>")
    found = [(number, seen) for number, line in enumerate(lines, 1) for seen in pattern.finditer(line)]
    if len(found) != 1:
        return None
    number, seen = found[0]
    line = lines[number - 1]
    return number, line[: seen.start(1)] + wish.to + line[seen.end(1) :], seen[1]


def _hashed(lines: list[str], number: int) -> bool:
    """Whether the requirement that begins on this line has a hash, there or on the lines it goes on to."""
    return any("--hash" in line for line in _logical(lines, number))


def _logical(lines: list[str], number: int) -> Iterator[str]:
    for line in lines[number - 1 :]:
        yield line
        if not line.rstrip().endswith("\\"):
            break
