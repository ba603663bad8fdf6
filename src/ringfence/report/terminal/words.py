"""Words for a terminal: made safe, measured in columns, shortened and wrapped. Names in a target are hostile."""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import TypeVar, cast

import msgspec
from rich.cells import cell_len, chop_cells

T = TypeVar("T")


def columns(text: str) -> int:
    """How many columns a text takes: two for a wide character, none for a combining one."""
    return cell_len(text)


def safe(value: T, ascii_only: bool = False) -> T:
    """The same value with every text in it made fit for a terminal; enumerations and numbers stay.

    What is there many times over (equal verdicts share their reasons) is made fit once, and shared again.
    """
    return _Safe(ascii_only).of(value)


class _Safe:
    """Values made fit, by the identity of those that they are made of, which live as long as this does."""

    def __init__(self, ascii_only: bool) -> None:
        self._ascii_only = ascii_only
        self._made: dict[int, object] = {}

    def of(self, value: T) -> T:
        """The value, fit for a terminal."""
        if isinstance(value, str):
            return value if isinstance(value, StrEnum) else cast("T", plain(value, self._ascii_only))
        if not isinstance(value, (msgspec.Struct, tuple)):
            return value
        made = self._made.get(id(value))
        if made is None:
            if isinstance(value, tuple):
                made = type(value)([self.of(item) for item in value])
            else:
                made = type(value)(**{name: self.of(getattr(value, name)) for name in value.__struct_fields__})
            self._made[id(value)] = made
        return cast("T", made)


def plain(text: str, ascii_only: bool = False) -> str:
    r"""One line without anything a terminal obeys or that reorders text: `\x1b`, `\u202e` are shown, not sent.

    White space of any kind becomes single spaces. What Unicode calls not printable (Cc, Cf, Cs, Co, Cn, Zl, Zp) is escaped.
    """
    line = " ".join(text.split())
    if line.isprintable() and (line.isascii() or not ascii_only):
        return line
    return "".join(
        char if char.isprintable() and (char.isascii() or not ascii_only) else _escape(ord(char)) for char in line
    )


def _escape(point: int) -> str:
    if point <= 0xFF:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point <= 0xFFFF else f"\\U{point:08x}"


_UNITS = re.compile(r"\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|\\U[0-9a-f]{8}|.", re.DOTALL)
"""What shortening must not cut in two: a shown escape is one unit."""


def shorten(text: str, width: int, mark: str) -> str:
    """At most `width` columns of a name: the tail and some head, for a path ends in its file and a purl in its version."""
    if columns(text) <= width:
        return text
    room = max(width - columns(mark), 0)
    units = _UNITS.findall(text)
    tail = _taken(units[::-1], room - room // 4)
    head = _taken(units, room - sum(map(columns, tail)))
    return "".join(head) + mark + "".join(tail[::-1])


def cut(text: str, width: int, mark: str) -> str:
    """At most `width` columns of a sentence: the beginning, for that is where a sentence says what it is about."""
    if columns(text) <= width:
        return text
    return "".join(_taken(_UNITS.findall(text), max(width - columns(mark), 0))).rstrip(" ,;:") + mark


def _taken(units: list[str], room: int) -> list[str]:
    taken: list[str] = []
    for unit in units:
        room -= columns(unit)
        if room < 0:
            break
        taken.append(unit)
    return taken


def wrap(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` columns, broken at spaces, within a word only if it is longer than a line."""
    lines: list[str] = []
    line = ""
    for word, glued in _pieces(text, width):
        if glued and columns(line) + columns(word) <= width:
            line += word
            continue
        if line and not glued and columns(line) + 1 + columns(word) <= width:
            line = f"{line} {word}"
            continue
        if line:
            lines.append(line)
        *full, line = chop_cells(word, width) if columns(word) > width else [word]
        lines.extend(full)
    return [*lines, line] if line else lines


_BREAKS = re.compile(r"(?<=[|/,:=&])")


def _pieces(text: str, width: int) -> Iterator[tuple[str, bool]]:
    """The words, each with whether it is glued to the one before: a long one may break behind a sign that joins names."""
    for word in text.split():
        parts = [part for part in _BREAKS.split(word) if part] if columns(word) > width else [word]
        yield from ((part, index > 0) for index, part in enumerate(parts))


def count(number: int, one: str, many: str = "") -> str:
    """`1 package`, `2 packages`, `1,200 packages`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(names: list[str], width: int, mark: str) -> str:
    """`a, b, c +4`: as many names as fit, at least one, and how many more there are."""
    shown = names[:1]
    # A name takes a column at least, but for combining marks, of which a line needs no more than it has columns.
    for taken in range(min(len(names), width), 1, -1):
        more = f" +{len(names) - taken}" if taken < len(names) else ""
        line = ", ".join(names[:taken]) + more
        if columns(line) <= width:
            return line
    more = f" +{len(names) - 1}" if len(names) > 1 else ""
    return shorten("".join(shown), width - columns(more), mark) + more
