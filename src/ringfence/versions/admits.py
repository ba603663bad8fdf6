"""Whether a range, as a manifest or lock file of an ecosystem writes it, lets a version in.

Sources: docs.npmjs.com/cli "semver" (hyphens, x-ranges, tilde, caret, `||`); doc.rust-lang.org/cargo "Specifying
Dependencies" (a bare version is a caret); PEP 440; python-poetry.org "Dependency specification"; getcomposer.org "Versions
and constraints"; guides.rubygems.org "Patterns" (`~>`); hexdocs.pm/elixir Version; dart.dev "Package dependencies";
learn.microsoft.com/nuget "Package versioning"; maven.apache.org "Dependency Version Requirement Specification".
"""

import re
from collections.abc import Callable
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from ringfence.errors import Malformed
from ringfence.versions import composer, maven, nuget, pep440, rubygems, semver

MAX_LENGTH = 1_000
"""Characters of one range."""

_HYPHEN = re.compile(r"^\s*([^\s]+)\s+-\s+([^\s]+)\s*$")
_WORD = re.compile(r"(>=|<=|!=|==|~>|=|>|<|\^|~)?\s*[v=]*([0-9A-Za-z*][0-9A-Za-z.*+-]*)")
_INTERVAL = re.compile(r"([\[(])\s*([^,\])]*)\s*(?:,\s*([^\])]*)\s*)?([\])])")
_WILD = frozenset("xX*")

Key = Callable[[str], Any]


def admits(ecosystem: str, specifier: str, version: str) -> bool | None:
    """Whether `specifier` lets `version` in; None where that cannot be told (a tag, a language that is not known)."""
    text = specifier.strip()
    if len(text) > MAX_LENGTH or len(version) > MAX_LENGTH:
        return None
    language = _LANGUAGES.get(ecosystem)
    if language is None:
        return None
    if text in ("", "*", "any"):
        return True
    try:
        return language(text, version)
    except (Malformed, InvalidSpecifier, ValueError):
        return None


def _python(text: str, version: str) -> bool | None:
    if text[0] in "^~" and not text.startswith("~="):
        return _words(text, version, pep440.key, bare="==", tilde=2)
    return SpecifierSet(text).contains(version, prereleases=True)


def _npm(text: str, version: str) -> bool | None:
    text = text.removeprefix("npm:").rpartition("@")[2] if text.startswith("npm:") else text
    if "-" in version and "-" not in text:
        return False  # a pre-release fits only a range that names one
    return _any(text.split("||"), lambda part: _words(_unhyphened(part), version, semver.key, bare="=", tilde=2))


def _cargo(text: str, version: str) -> bool | None:
    return _words(text.replace(",", " "), version, semver.key, bare="^", tilde=2)


def _dart(text: str, version: str) -> bool | None:
    return _words(text, version, semver.key, bare="=", tilde=2)


def _php(text: str, version: str) -> bool | None:
    plain = re.sub(r"@\w+", "", text).replace(",", " ")
    parts = re.split(r"\|\|?", plain)
    # Composer's tilde lets the last number that is given go up.
    return _any(parts, lambda part: _words(_unhyphened(part), version, composer.key, bare="=", tilde=0))


def _ruby(text: str, version: str) -> bool | None:
    return _words(text.replace(",", " "), version, rubygems.key, bare="=", tilde=2)


def _elixir(text: str, version: str) -> bool | None:
    parts = text.replace(" and ", " ").split(" or ")
    return _any(parts, lambda part: _words(part, version, semver.key, bare="=", tilde=2))


def _dotnet(text: str, version: str) -> bool | None:
    if text[0] not in "[(":
        return None if "*" in text else nuget.key(version) >= nuget.key(text)
    return _intervals(text, version, nuget.key)


def _java(text: str, version: str) -> bool | None:
    # A plain version is a wish that a nearer one overrules, not a range.
    return _intervals(text, version, maven.key) if text[0] in "[(" else None


def _any(parts: list[str], ask: Callable[[str], bool | None]) -> bool | None:
    answers = [ask(part) if part.strip() else True for part in parts]
    return True if True in answers else None if None in answers else False


def _unhyphened(text: str) -> str:
    seen = _HYPHEN.match(text)
    if not seen:
        return text
    low, high = seen.groups()
    return f">={low} <={high}" if high.count(".") >= 2 else f">={low} <{_after(_numbers(high), len(_numbers(high)) - 1)}"


def _words(text: str, version: str, key: Key, *, bare: str, tilde: int) -> bool | None:
    """Comparators that must all hold. `tilde` is how many numbers `~` keeps; 0: all but the last that is given."""
    here = key(version)
    rest = _WORD.sub("", text).strip(" ,")
    found = _WORD.findall(text)
    if rest or not found:
        return None
    for operator, wanted in found:
        if not wanted[0].isdigit() and wanted[0] not in _WILD:
            return None  # a tag, such as `latest`
        low, high = _bounds(operator or bare, wanted, tilde)
        if operator == "!=":
            if here == key(wanted):
                return False
            continue
        if low and (here <= key(low[1:]) if low[0] == ">" else here < key(low)):
            return False
        if high and (here > key(high[1:]) if high[0] == "=" else here >= key(high)):
            return False
    return True


def _numbers(text: str) -> list[int]:
    found: list[int] = []
    for part in re.split(r"[.+-]", text):
        if part in _WILD or not part.isdigit():
            break
        found.append(int(part))
    return found


def _after(numbers: list[int], index: int) -> str:
    """The first version that is higher in the number at `index`."""
    kept = [*numbers, 0, 0, 0][: index + 1]
    kept[index] += 1
    return ".".join(str(number) for number in (*kept, 0, 0, 0)[:3])


def _bounds(operator: str, wanted: str, tilde: int) -> tuple[str, str]:
    """The lowest version (after `>`: not itself) and the first beyond (after `=`: still in); empty for none."""
    numbers = _numbers(wanted)
    wild = any(part in _WILD for part in wanted.split("."))
    if not numbers:
        return "", ""  # `*`
    plain = ".".join(str(number) for number in numbers) if wild else wanted
    full = len(numbers) >= 3 and not wild
    match operator:
        case ">=":
            return plain, ""
        case ">":
            return (f">{plain}", "") if full else (_after(numbers, len(numbers) - 1), "")
        case "<":
            return "", plain
        case "<=":
            return "", f"={plain}" if full else _after(numbers, len(numbers) - 1)
        case "^":
            first = next((index for index, number in enumerate(numbers) if number), len(numbers) - 1)
            return plain, _after(numbers, first)
        case "~>":
            return plain, _after(numbers, max(len(numbers) - 2, 0))
        case "~":
            kept = min(tilde, len(numbers)) - 1 if tilde else max(len(numbers) - 2, 0)
            return plain, _after(numbers, kept)
        case _:
            return (plain, f"={plain}") if full or operator == "==" else (plain, _after(numbers, len(numbers) - 1))


def _intervals(text: str, version: str, key: Key) -> bool | None:
    """`[1,2)` and its like, several of which may stand in a row."""
    here = key(version)
    found = list(_INTERVAL.finditer(text))
    if not found:
        return None
    for seen in found:
        opens, low, high, closes = seen.groups()
        if high is None:
            if low and here == key(low):
                return True
            continue
        above = not low.strip() or (here >= key(low.strip()) if opens == "[" else here > key(low.strip()))
        below = not high.strip() or (here <= key(high.strip()) if closes == "]" else here < key(high.strip()))
        if above and below:
            return True
    return False


_LANGUAGES: dict[str, Callable[[str, str], bool | None]] = {
    "PyPI": _python,
    "npm": _npm,
    "crates.io": _cargo,
    "Pub": _dart,
    "Packagist": _php,
    "RubyGems": _ruby,
    "Hex": _elixir,
    "NuGet": _dotnet,
    "Maven": _java,
}
