"""`.dockerignore`: what of a build context is left behind.

Source: Docker documentation, "Build context", section ".dockerignore files": Go's `filepath.Match` with `**`, a leading `!`
takes back, the last rule that fits counts, a folder left out takes what is in it along.
"""

import posixpath
import re

from ringfence.model.fact import Fact

MAX_RULES = 2_000
"""Rules looked at of one file."""


class IgnoreRule(Fact):
    """One rule: a pattern relative to the context; `keep` for those that take back."""

    pattern: str
    keep: bool = False


def parse(text: str) -> tuple[IgnoreRule, ...]:
    """The rules of a file, in their order. What is no pattern fits nothing."""
    found = []
    for line in text.removeprefix("\ufeff").split("\n"):
        rule = line.strip()
        if not rule or line.startswith("#"):
            continue
        keep = rule.startswith("!")
        pattern = posixpath.normpath(rule.removeprefix("!").strip()).lstrip("/")
        if pattern and pattern != ".":
            found.append(IgnoreRule(pattern=pattern, keep=keep))
    return tuple(found[:MAX_RULES])


class Ignored:
    """Rules ready to be asked."""

    def __init__(self, rules: tuple[IgnoreRule, ...]) -> None:
        self._rules = [(re.compile(_expression(rule.pattern)), rule.keep) for rule in rules]

    def __call__(self, path: str) -> bool:
        """Whether the file at this path, relative to the context, is left out."""
        parts = path.split("/")
        outer = ["/".join(parts[: at + 1]) for at in range(len(parts))]
        left = False
        for expression, keep in self._rules:
            if any(expression.fullmatch(each) for each in outer):
                left = not keep
        return left


def _expression(pattern: str) -> str:
    """A pattern as a regular expression: `*` and `?` stay inside a folder, `**` does not."""
    found, at = [], 0
    while at < len(pattern):
        char = pattern[at]
        if pattern.startswith("**/", at):
            found.append("(?:[^/]+/)*+")
            at += 3
        elif pattern.startswith("**", at):
            found.append(".*")
            at += 2
        elif char == "*":
            found.append("[^/]*")
            at += 1
        elif char == "?":
            found.append("[^/]")
            at += 1
        elif char == "[" and (end := pattern.find("]", at + 2)) > 0:
            inside = pattern[at + 1 : end]
            mark = "^" if inside.startswith("^") else ""
            plain = re.sub(r"([\\\[\]&~|^])", r"\\\1", inside[len(mark) :])
            found.append(f"[{mark}{plain}]" if _is_class(f"[{mark}{plain}]") else re.escape(pattern[at : end + 1]))
            at = end + 1
        elif char == "\\" and at + 1 < len(pattern):
            found.append(re.escape(pattern[at + 1]))
            at += 2
        else:
            found.append(re.escape(char))
            at += 1
    return "".join(found)


def _is_class(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True
