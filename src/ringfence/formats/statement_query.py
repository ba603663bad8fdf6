"""A small language of conditions over a predicate's JSON: what an attestation must say.

    count(scanner.result.vulnerabilities, severity == 'CRITICAL') == 0 and metadata.scanFinishedOn > '2026-11-01'

Values are paths (`runDetails.builder.id`, `materials[0].uri`, `annotations['a.b']`), strings, numbers, `true`, `false`,
`null` and lists. Comparisons are `== != < <= > >= in`, and `~` for a pattern with `*`. `and`, `or`, `not` and brackets join
them. `count`, `any` and `all` take a path to a list and, if wanted, a condition in which paths start at the item (`it` is
the item, `$` the whole predicate); `exists(PATH)` asks whether there is such a member.

What is not there makes a condition fail and is named, also under `not`: an attestation that does not say is not one that
says no.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import NoReturn

from ringfence.errors import LimitExceeded, Malformed

MAX_CHARACTERS = 4_000
"""Of one condition."""
MAX_DEPTH = 40
"""Brackets in brackets."""
MAX_STEPS = 5_000_000
"""Values looked at for one answer: a bill of materials has some 100,000."""
FORM = "condition"

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<name>[A-Za-z_$@][A-Za-z0-9_$@-]*)|(?P<sign>==|!=|<=|>=|[<>~()\[\],.]))"
)
_ORDERED = frozenset({"<", "<=", ">", ">="})
_CONSTANTS: dict[str, object] = {"true": True, "false": False, "null": None}
_OVER = frozenset({"count", "any", "all"})


class _AbsentError(Exception):
    """A member that is not there; its argument is its path."""


class _Scope:
    """The values that paths start at, and how much may still be looked at."""

    def __init__(self, whole: object) -> None:
        self.whole = whole
        self.left = MAX_STEPS

    def step(self) -> None:
        """Counts one value. Raises `LimitExceeded`."""
        self.left -= 1
        if self.left < 0:
            raise LimitExceeded("values looked at for one condition", MAX_STEPS)


_Node = Callable[[_Scope, object], object]


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition as it was written, and what it comes to."""

    text: str
    _node: _Node

    def missing(self, predicate: object) -> str:
        """Why a predicate does not meet it; empty if it does. Raises `LimitExceeded`."""
        try:
            found = self._node(_Scope(predicate), predicate)
        except _AbsentError as cause:
            return f"it does not say {cause} (wanted: {self.text})"
        except TypeError:
            return f"what it says is of another kind (wanted: {self.text})"
        return "" if found is True else f"it does not hold that {self.text}"


def parse(text: str) -> Condition:
    """A condition. Raises `Malformed`, `LimitExceeded`."""
    if len(text) > MAX_CHARACTERS:
        raise LimitExceeded("characters of a condition", MAX_CHARACTERS)
    parser = _Parser(text)
    node = parser.either(0)
    if parser.here:
        parser.wrong("the end was expected")
    return Condition(text.strip(), node)


class _Parser:
    """Recursive descent: `either`, `both`, `negated`, `compared`, `value`."""

    def __init__(self, text: str) -> None:
        self._tokens: Iterator[tuple[str, str]] = _tokens(text)
        self.kind, self.here = "", ""
        self.next()

    def next(self) -> str:
        """The token that was looked at; looks at the one after it."""
        old = self.here
        self.kind, self.here = next(self._tokens, ("", ""))
        return old

    def wrong(self, why: str) -> NoReturn:
        """Raises `Malformed`."""
        raise Malformed(FORM, f"{why}, and there is {self.here[:40] or 'nothing more'!r}")

    def expect(self, sign: str) -> None:
        """Takes a sign. Raises `Malformed` if another is there."""
        if self.kind == "text" or self.here != sign:
            self.wrong(f"{sign!r} was expected")
        self.next()

    def word(self, name: str) -> bool:
        """Whether a word is there; takes it."""
        if self.kind != "name" or self.here != name:
            return False
        self.next()
        return True

    def either(self, depth: int) -> _Node:
        """`A or B`."""
        node = self.both(depth)
        while self.word("or"):
            node = _either(node, self.both(depth))
        return node

    def both(self, depth: int) -> _Node:
        """`A and B`."""
        node = self.negated(depth)
        while self.word("and"):
            node = _both(node, self.negated(depth))
        return node

    def negated(self, depth: int) -> _Node:
        """`not A`."""
        if depth > MAX_DEPTH:
            raise LimitExceeded("depth of a condition", MAX_DEPTH)
        if self.word("not"):
            inner = self.negated(depth + 1)
            return lambda scope, item: inner(scope, item) is not True
        return self.compared(depth)

    def compared(self, depth: int) -> _Node:
        """`A == B`, or a value that is true or false by itself."""
        left = self.value(depth)
        if self.word("in"):
            within = self.value(depth)
            return lambda scope, item: _contains(within(scope, item), left(scope, item))
        if self.kind != "sign" or self.here not in ("==", "!=", "~", *_ORDERED):
            return left
        sign = self.next()
        right = self.value(depth)
        return lambda scope, item: _compared(sign, left(scope, item), right(scope, item))

    def value(self, depth: int) -> _Node:
        """A literal, a list, brackets, a function or a path."""
        match self.kind:
            case "text":
                text = re.sub(r"\\(.)", r"\1", self.next()[1:-1])
                return lambda _scope, _item: text
            case "number":
                number = float(self.next())
                return lambda _scope, _item: number
            case "name":
                return self.named(self.next(), depth)
            case _:
                return self.bracketed(depth)

    def bracketed(self, depth: int) -> _Node:
        """`(A)` or `[A, B]`."""
        if self.here == "(":
            self.next()
            node = self.either(depth + 1)
            self.expect(")")
            return node
        if self.here == "[":
            return self.listed(depth + 1)
        return self.wrong("a value was expected")

    def named(self, name: str, depth: int) -> _Node:
        """A constant, a function or a path."""
        if name in _CONSTANTS:
            return lambda _scope, _item: _CONSTANTS[name]
        if self.kind == "sign" and self.here == "(":
            return self.function(name, depth + 1)
        return _path(name, self.steps())

    def listed(self, depth: int) -> _Node:
        """`[A, B]`."""
        if depth > MAX_DEPTH:
            raise LimitExceeded("depth of a condition", MAX_DEPTH)
        self.expect("[")
        nodes: list[_Node] = []
        while self.here != "]":
            nodes.append(self.value(depth))
            if self.here != "]":
                self.expect(",")
        self.expect("]")
        return lambda scope, item: [node(scope, item) for node in nodes]

    def steps(self) -> tuple[str | int, ...]:
        """The members of a path after its first."""
        found: list[str | int] = []
        while self.kind == "sign" and self.here in (".", "["):
            if self.next() == ".":
                if self.kind != "name":
                    self.wrong("a member's name was expected")
                found.append(self.next())
                continue
            if self.kind not in ("text", "number"):
                self.wrong("a number or a name in quotes was expected")
            text = self.kind == "text"
            token = self.next()
            found.append(token[1:-1] if text else int(float(token)))
            self.expect("]")
        return tuple(found)

    def function(self, name: str, depth: int) -> _Node:
        """`count(PATH)`, `any(PATH, CONDITION)`, `exists(PATH)`."""
        if depth > MAX_DEPTH:
            raise LimitExceeded("depth of a condition", MAX_DEPTH)
        self.expect("(")
        if name not in _OVER and name != "exists":
            self.wrong(f"there is no function {name[:40]!r}")
        path = self.value(depth)
        condition: _Node | None = None
        if name in _OVER and self.here == ",":
            self.next()
            condition = self.either(depth)
        self.expect(")")
        if name == "exists":
            return lambda scope, item: _exists(path, scope, item)
        if condition is None and name != "count":
            self.wrong(f"{name} needs a condition")
        return lambda scope, item: _over(name, path(scope, item), condition, scope)


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at, text = 0, text.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise Malformed(FORM, f"{text[at : at + 20]!r} is no part of one")
        yield found.lastgroup or "", found[found.lastgroup or 0]
        at = found.end()


def _path(first: str, steps: tuple[str | int, ...]) -> _Node:
    def node(scope: _Scope, item: object) -> object:
        value = scope.whole if first == "$" else item
        told = ""
        for step in steps if first in ("$", "it") else (first, *steps):
            scope.step()
            told = f"{told}[{step}]" if isinstance(step, int) else f"{told}.{step}".lstrip(".")
            match step, value:
                case str(), dict() if step in value:
                    value = value[step]
                case int(), list() if -len(value) <= step < len(value):
                    value = value[step]
                case _:
                    raise _AbsentError(told[:200])
        return value

    return node


def _either(left: _Node, right: _Node) -> _Node:
    def node(scope: _Scope, item: object) -> object:
        try:
            if left(scope, item) is True:
                return True
        except _AbsentError as absent:
            if right(scope, item) is True:
                return True
            raise absent from None
        return right(scope, item) is True

    return node


def _both(left: _Node, right: _Node) -> _Node:
    return lambda scope, item: left(scope, item) is True and right(scope, item) is True


def _exists(path: _Node, scope: _Scope, item: object) -> bool:
    try:
        path(scope, item)
    except _AbsentError:
        return False
    return True


def _over(name: str, items: object, condition: _Node | None, scope: _Scope) -> object:
    if not isinstance(items, list):
        raise TypeError
    met = 0
    for item in items:
        scope.step()
        met += condition is None or condition(scope, item) is True
    match name:
        case "count":
            return float(met)
        case "any":
            return met > 0
        case _:
            return met == len(items)


def _contains(within: object, value: object) -> bool:
    if isinstance(within, str) and isinstance(value, str):
        return value in within
    if isinstance(within, (list, dict)):
        return any(_same(item, value) for item in within)
    raise TypeError


def _compared(sign: str, left: object, right: object) -> bool:
    if sign == "==":
        return _same(left, right)
    if sign == "!=":
        return not _same(left, right)
    if sign == "~":
        if not (isinstance(left, str) and isinstance(right, str)):
            raise TypeError
        return fnmatchcase(left, right.replace("[", "[[]").replace("?", "[?]"))
    return _ordered(sign, left, right)


def _ordered(sign: str, left: object, right: object) -> bool:
    """Texts by their characters, so that RFC 3339 times of one form go by time; numbers by size."""
    if isinstance(left, str) and isinstance(right, str):
        order = (left > right) - (left < right)
    elif _number(left) and _number(right):
        order = (_size(left) > _size(right)) - (_size(left) < _size(right))
    else:
        raise TypeError
    return {"<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}[sign]


def _number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _size(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0


def _truth(value: object) -> bool:
    return isinstance(value, bool)


def _same(left: object, right: object) -> bool:
    """Equal, and both or neither a truth value: in JSON 1 is not true."""
    return _truth(left) is _truth(right) and left == right
