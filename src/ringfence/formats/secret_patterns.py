"""Secrets in text: rules as data, found by keyword first, told from placeholders after.

A found secret is never kept: only the rule, a stump for people and a fingerprint by which the same secret is known again.
"""

import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

from ringfence.errors import Malformed
from ringfence.formats import base64_text, pattern_prefilter
from ringfence.model.fact import Fact
from ringfence.model.finding import Severity

MAX_MATCHES = 100
"""Matches kept of one text: who has seen a hundred has seen enough."""
MAX_OCCURRENCES = 20_000
"""Places in one text at which one keyword is looked into."""
LINE_REACH = 512
"""Bytes before a keyword that still belong to its line."""


class SecretRule(Fact):
    """One form of secret.

    `pattern` is a regular expression with a group `secret`. A text is looked at only where one of `keywords` stands
    (in lower case if `ignore_case`), within its line, or within `span` bytes after it if that is given. `paths` limits the
    rule to files whose path ends so. `allow` are expressions for what is no secret after all, `entropy` the least Shannon
    entropy in bits per character, `mixed` asks for letters and digits, `placeholders` filters what stands for a secret to
    be filled in. `plain` rules trust their path and filter nothing. `show` is how many characters may be shown.
    """

    id: str
    title: str
    pattern: str
    keywords: tuple[str, ...]
    source: str
    severity: Severity
    ignore_case: bool = False
    paths: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    entropy: float = 0.0
    span: int = 0
    mixed: bool = False
    quoted_in: tuple[str, ...] = ()
    placeholders: bool = False
    plain: bool = False
    show: int = 4


class Placeholders(Fact):
    """What people write where a secret will be: `words` anywhere in it, `values` as the whole of it; in lower case."""

    words: tuple[str, ...]
    values: tuple[str, ...]


class SkippedPrefix(Fact):
    """A folder that is not searched, and why."""

    prefix: str
    why: str


class SkippedPattern(Fact):
    """A form of path that is not searched, and why."""

    pattern: str
    why: str


class Skipped(Fact):
    """Where vendors' own texts lie, which hold samples and test keys but no secret of this image."""

    prefixes: tuple[SkippedPrefix, ...] = ()
    patterns: tuple[SkippedPattern, ...] = ()


class SecretRules(Fact):
    """The whole data file."""

    rules: tuple[SecretRule, ...]
    placeholders: Placeholders
    skip: Skipped = Skipped()


class SecretMatch(Fact):
    """A secret that was found. `redacted` is its stump, `fingerprint` the start of its SHA-256; `line` counts from 1."""

    rule: str
    title: str
    severity: Severity
    redacted: str
    fingerprint: str
    line: int = 1


class _Compiled:
    """A rule made ready; its expressions are compiled when a text may hold something for them. `named`: see `scan_named`."""

    def __init__(self, rule: SecretRule) -> None:
        self.rule = rule
        self.named = "(?P<name>" in rule.pattern
        self.keywords = tuple(keyword.encode() for keyword in rule.keywords)
        if "(?P<secret>" not in rule.pattern:
            raise Malformed("secret rule", f"{rule.id} has no group named secret")

    @cached_property
    def pattern(self) -> re.Pattern[bytes]:
        try:
            return re.compile(self.rule.pattern.encode())
        except re.error as cause:
            raise Malformed("secret rule", f"{self.rule.id}: {cause}") from cause

    @cached_property
    def allow(self) -> re.Pattern[str]:
        try:
            return re.compile("|".join(f"(?:{one})" for one in _without_flags(self.rule.allow)), re.IGNORECASE)
        except re.error as cause:
            raise Malformed("secret rule", f"{self.rule.id}: {cause}") from cause


def _without_flags(patterns: tuple[str, ...]) -> Iterator[str]:
    return (pattern.removeprefix("(?i)") for pattern in patterns)


class _Found(NamedTuple):
    """A secret in clear, by which rule, and whether it stood in base64."""

    one: _Compiled
    secret: bytes
    encoded: bool = False


_Places = dict[tuple[int, int], _Found]


class SecretScanner:
    """All rules, ready to search. Without a `prefilter` every keyword is looked for: the same matches, much slower.

    `kept` is what `SecretScanner.kept` gave for the same rules: with it nothing is compiled before it is needed. Raises
    `Malformed` for a rule that is none, with `kept` only when it is used.
    """

    def __init__(self, rules: SecretRules, *, prefilter: bool = True, kept: bytes = b"") -> None:
        self._placeholders = rules.placeholders
        self._prefixes = tuple(item.prefix for item in rules.skip.prefixes)
        try:
            self._skipped = re.compile("|".join(f"(?:{item.pattern})" for item in rules.skip.patterns) or r"(?!)")
        except re.error as cause:
            raise Malformed("secret rule", f"a skipped path: {cause}") from cause
        compiled = [_Compiled(rule) for rule in rules.rules]
        for one in () if kept else compiled:
            _ = one.pattern, one.allow
        self._by_path = tuple(one for one in compiled if one.rule.paths)
        self._anywhere = tuple(one for one in compiled if not one.rule.paths)
        exact = [one for one in self._anywhere if not one.rule.ignore_case and not one.named]
        hint = base64_text.hint(keyword for one in exact for keyword in one.rule.keywords)
        self._hint = re.compile(hint.encode()) if hint else None
        patterns = (*(one.rule.pattern for one in self._anywhere), *((hint,) if hint else ()))
        self._prefilter = pattern_prefilter.build(patterns, kept) if prefilter else None
        self._general = next((one for one in compiled if one.named), None)

    def kept(self) -> bytes:
        """What makes the next scanner of the same rules ready at once, on the same machine; empty if nothing does."""
        return self._prefilter.kept() if self._prefilter is not None else b""

    def skips(self, path: str) -> bool:
        """Whether files at `path` (relative to the root) are left out."""
        return path.startswith(self._prefixes) or self._skipped.search(path) is not None

    def scan(self, data: bytes, path: str = "") -> tuple[SecretMatch, ...]:
        """The secrets in a text, by line; `path` is its place, relative to the root."""
        found = self._found(data, path)
        return tuple(match for _, match in _distinct(data, found)) if found else ()

    def find(self, text: str) -> tuple[tuple[str, SecretMatch], ...]:
        """The secrets in a short text, each with itself in clear, for whoever must strike it out."""
        data = text.encode("utf-8", "surrogatepass")
        return tuple((value.decode("utf-8", "replace"), match) for value, match in _distinct(data, self._found(data, "")))

    def _found(self, data: bytes, path: str) -> _Places:
        rooted = f"/{path}"
        numbers, encoded = self._candidates(data)
        rules = [one for one in self._by_path if rooted.endswith(one.rule.paths)]
        found = self._looked(data, (*rules, *(self._anywhere[number] for number in numbers)), path)
        for offset, text in base64_text.texts(data) if encoded else ():
            specific = [
                one for one in map(self._anywhere.__getitem__, self._candidates(text)[0]) if one is not self._general
            ]
            for (start, end), inner in self._looked(text, specific, "").items():
                place = (offset + start * 4 // 3, offset + end * 4 // 3 + 1)
                found.setdefault(place, inner._replace(encoded=True))
        return found

    def _candidates(self, data: bytes) -> tuple[Iterable[int], bool]:
        """The rules that may match in a text, and whether one of their keywords may stand in base64 there."""
        if self._prefilter is None:
            return range(len(self._anywhere)), self._hint is not None and self._hint.search(data) is not None
        numbers = self._prefilter.candidates(data)
        encoded = bool(numbers) and numbers[-1] == len(self._anywhere)
        return numbers[:-1] if encoded else numbers, encoded

    def _looked(self, data: bytes, rules: Iterable[_Compiled], path: str) -> _Places:
        found: _Places = {}
        lowered: bytes | None = None
        for one in rules:
            text = data
            if one.rule.ignore_case:
                text = lowered = data.lower() if lowered is None else lowered
            for keyword in one.keywords:
                if keyword in text:
                    self._look(data, text, keyword, one, found)
            if one.rule.quoted_in and path.endswith(one.rule.quoted_in):
                for place in [place for place, item in found.items() if item.one is one and not _quoted(data, place[0])]:
                    del found[place]
        return found

    def scan_named(self, name: str, value: str) -> tuple[SecretMatch, ...]:
        """The secrets in the value that a name was given (an environment entry, a label, a build argument).

        Beside the rules for text, a telling name is enough here, unless the value is a placeholder, a path or a switch.
        """
        data = f"{name}={value}".encode("utf-8", "backslashreplace")
        found = self.scan(data)
        if found or self._general is None:
            return found
        lowered = name.lower()
        telling = any(keyword in lowered for keyword in self._general.rule.keywords)
        pointing = lowered.endswith(("_file", "_path", "_dir", "_url", "_name", "_id", "_ttl", "_type", "_expiry"))
        stripped = value.strip().strip("\"'")
        if not telling or pointing or len(stripped) < 4 or stripped.startswith(("/", "$")) or stripped.isdigit():
            return ()
        if self._is_placeholder(stripped):
            return ()
        return (_match(_Found(self._general, stripped.encode("utf-8", "backslashreplace")), 1),)

    def _look(
        self,
        data: bytes,
        text: bytes,
        keyword: bytes,
        one: _Compiled,
        found: _Places,
    ) -> None:
        at = text.find(keyword)
        done = -1
        for _ in range(MAX_OCCURRENCES):
            if at < 0 or len(found) >= MAX_MATCHES:
                return
            start = max(data.rfind(b"\n", max(0, at - LINE_REACH), at) + 1, at - LINE_REACH, 0)
            newline = data.find(b"\n", at, at + 4096)
            line_end = newline if newline >= 0 else min(len(data), at + 4096)
            end = min(len(data), at + one.rule.span) if one.rule.span else line_end
            for match in one.pattern.finditer(data, start, end):
                place = match.span("secret")
                if place not in found and self._believable(one, match["secret"]):
                    found[place] = _Found(one, match["secret"])
            done = max(line_end, at + len(keyword), done)
            at = text.find(keyword, done)

    def _believable(self, one: _Compiled, secret: bytes) -> bool:
        rule = one.rule
        if rule.plain:
            return True
        text = secret.decode("utf-8", "replace")
        if rule.allow and one.allow.search(text):
            return False
        if rule.mixed and not (any(char.isdigit() for char in text) and any(char.isalpha() for char in text)):
            return False
        if rule.placeholders and self._is_placeholder(text):
            return False
        return not rule.entropy or entropy(text) >= rule.entropy

    def _is_placeholder(self, text: str) -> bool:
        lowered = text.lower()
        return lowered in self._placeholders.values or any(word in lowered for word in self._placeholders.words)


def entropy(text: str) -> float:
    """Shannon entropy in bits per character."""
    total = len(text)
    return -sum(count / total * math.log2(count / total) for count in Counter(text).values()) if total else 0.0


def is_text(data: bytes) -> bool:
    """Whether this looks like text: no NUL among the first 8,000 bytes, as git decides it."""
    return data.find(b"\0", 0, 8000) < 0


def _quoted(data: bytes, at: int) -> bool:
    return data[at - 1 : at] in (b'"', b"'", b"`")


def _distinct(data: bytes, found: _Places) -> tuple[tuple[bytes, SecretMatch], ...]:
    """One match a place: of overlapping ones the rule that says more (any before the general one) stays."""
    kept: list[tuple[int, int]] = []
    for place in sorted(found, key=lambda item: (found[item].one.named, item)):
        if not any(place[0] < end and start < place[1] for start, end in kept):
            kept.append(place)
    # What stood in base64 is struck out of a text as it stood.
    return tuple(
        (data[slice(*place)] if found[place].encoded else found[place].secret, _match(found[place], _line(data, place)))
        for place in sorted(kept)
    )


def _line(data: bytes, place: tuple[int, int]) -> int:
    return data.count(b"\n", 0, place[0]) + 1


def _match(found: _Found, line: int) -> SecretMatch:
    rule = found.one.rule
    text = found.secret.decode("utf-8", "backslashreplace").strip()
    shown = rule.show if len(text) >= 16 else min(rule.show, 1)
    return SecretMatch(
        rule=rule.id,
        title=f"{rule.title} in base64" if found.encoded else rule.title,
        severity=rule.severity,
        redacted=f"{text[:shown]}… ({len(text):,} characters)",
        fingerprint=hashlib.sha256(found.secret).hexdigest()[:12],
        line=line,
    )
