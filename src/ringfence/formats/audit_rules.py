"""Rules of the kernel's audit system as `auditctl` reads them, reduced to the paths whose use is written down.

Source: auditctl(8) and audit.rules(7). A watch (`-w`) on a folder is one on everything under it; `-a always,exit` with
`-F path=` or `-F dir=` is the same in the newer way. `-D` takes away all that came before, `-W` one watch.
"""

import shlex
from itertools import pairwise

from ringfence.errors import LimitExceeded

MAX_RULES = 20_000
"""Lines that are read of one file; the largest published sets have some 500."""


def parse(data: bytes) -> tuple[str, ...]:
    """The watched paths, without a slash at the end, in order. Lines that are no rule are passed over. `LimitExceeded`."""
    lines = data.decode("utf-8", "replace").splitlines()
    if len(lines) > MAX_RULES:
        raise LimitExceeded("MAX_RULES", MAX_RULES)
    watched: dict[str, None] = {}
    for line in lines:
        words = _words(line)
        if "-D" in words and len(words) <= 3:
            watched.clear()
        for option, value in pairwise(words):
            if option == "-w":
                watched[_bare(value)] = None
            elif option == "-W":
                watched.pop(_bare(value), None)
        if "-a" in words and "never" not in _after(words, "-a"):
            watched.update(dict.fromkeys(_fields(words)))
    return tuple(watched)


def _words(line: str) -> list[str]:
    text = line.strip()
    if not text.startswith("-"):
        return []
    try:
        return shlex.split(text)
    except ValueError:  # an open quotation mark: auditctl itself splits at blanks only
        return text.split()


def _after(words: list[str], option: str) -> list[str]:
    at = words.index(option) + 1
    return words[at].split(",") if at < len(words) else []


def _fields(words: list[str]) -> list[str]:
    asked = [value for option, value in pairwise(words) if option == "-F"]
    pairs = [field.partition("=") for field in asked]
    return [_bare(value) for name, _, value in pairs if name in ("path", "dir") and value]


def _bare(path: str) -> str:
    return path.rstrip("/") or "/"
