"""Which of many patterns may match in a text, told in one pass over it: Hyperscan, where there is one for the platform.

The answer may name a pattern that does not match, never leave out one that does. What Hyperscan cannot say exactly (looks
ahead and behind) it widens itself (`HS_FLAG_PREFILTER`); large counts of repetition are widened here, because they make its
automata large and slow to build.

Source: Hyperscan developer's reference, "Compiling patterns", "Prefiltering".
"""

import re
from collections.abc import Iterable
from typing import Protocol

from ringfence.errors import Malformed

MAX_COUNT = 16
"""Repetitions counted exactly; `{20,100}` becomes `{16,}`."""

_COUNT = re.compile(r"\{(\d+)(?:(,)(\d*))?\}")


class Prefilter(Protocol):
    """Patterns made ready, numbered from 0 in the order they were given."""

    def candidates(self, data: bytes) -> list[int]:
        """The numbers of patterns that may match somewhere in `data`, sorted."""

    def kept(self) -> bytes:
        """What `build` can be given for the same patterns, on the same machine, to be ready at once."""


class _Hyperscan:
    """One database for all patterns."""

    def __init__(self, patterns: tuple[bytes, ...], kept: bytes) -> None:
        # Late: whoever searches nothing must not load it.
        import hyperscan  # noqa: PLC0415 - see above

        self._found: list[int] = []
        if kept:
            try:
                self._database = hyperscan.loadb(kept, hyperscan.HS_MODE_BLOCK)
                self._database.scratch = hyperscan.Scratch(self._database)
            except hyperscan.error:
                pass  # made by another version or for another processor
            else:
                return
        flags = hyperscan.HS_FLAG_PREFILTER | hyperscan.HS_FLAG_SINGLEMATCH
        self._database = hyperscan.Database()
        try:
            self._database.compile(
                expressions=list(patterns),
                ids=list(range(len(patterns))),
                elements=len(patterns),
                flags=[flags] * len(patterns),
            )
        except hyperscan.error as cause:
            raise Malformed("pattern", str(cause)) from cause

    def kept(self) -> bytes:
        import hyperscan  # noqa: PLC0415 - as above

        return bytes(hyperscan.dumpb(self._database))

    def candidates(self, data: bytes) -> list[int]:
        self._found = []
        self._database.scan(data, match_event_handler=self._note)
        return sorted(self._found)

    def _note(self, number: int, _start: int, _end: int, _flags: int, _context: object) -> None:
        self._found.append(number)


class _Nothing:
    """No patterns: Hyperscan takes at least one."""

    def candidates(self, data: bytes) -> list[int]:  # noqa: ARG002 - there is nothing to look for in it
        return []

    def kept(self) -> bytes:
        return b""


def build(patterns: Iterable[str], kept: bytes = b"") -> Prefilter | None:
    """The patterns made ready; None where the platform has no Hyperscan. Raises `Malformed` for a pattern it cannot take.

    `kept` is what a prefilter of the very same patterns gave; one that does not fit this machine is not used.
    """
    expressions = tuple(widened(pattern).encode() for pattern in patterns)
    try:
        return _Hyperscan(expressions, kept) if expressions else _Nothing()
    except ImportError:
        return None


def widened(pattern: str) -> str:
    """A pattern that matches wherever `pattern` does, with no count of repetition above `MAX_COUNT`."""
    return _COUNT.sub(_wider, pattern)


def _wider(count: re.Match[str]) -> str:
    least, comma, most = int(count[1]), count[2], count[3]
    if max(least, int(most or 0)) <= MAX_COUNT:
        return count[0] if most or not comma else f"{{{least},}}"
    return f"{{{min(least, MAX_COUNT)},}}"
