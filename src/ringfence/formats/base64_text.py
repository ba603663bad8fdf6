"""Text inside base64 inside text: found where the code of a known word stands, whatever its place in the group of three.

Source: RFC 4648, sections 4 (alphabet) and 5 (the alphabet for URLs).
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator

MIN_WORD = 4
"""Bytes of a word that is looked for; the code of a shorter one is too common."""
MAX_RUNS = 200
"""Runs of one text that are decoded."""
MAX_RUN_BYTES = 64 * 1024
"""Bytes of a run that are decoded; the rest of a longer one is left."""

_RUN = re.compile(rb"[A-Za-z0-9+/_-]{16,}={0,2}")
_TO_PLAIN = bytes.maketrans(b"-_", b"+/")


def hint(words: Iterable[str]) -> str:
    """A pattern that matches wherever the code of one of `words` stands, in any of its three alignments; empty for none."""
    codes = {code for word in words if len(word) >= MIN_WORD for code in _codes(word.encode())}
    return "|".join(re.escape(code) for code in sorted(codes))


def texts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """What the runs of base64 in `data` decode to, each with its offset; runs that do not decode are passed over."""
    for count, run in enumerate(_RUN.finditer(data)):
        if count >= MAX_RUNS:
            return
        code = run[0][:MAX_RUN_BYTES].rstrip(b"=").translate(_TO_PLAIN)
        code = code[: len(code) - (len(code) % 4 == 1)]
        try:
            yield run.start(), base64.b64decode(code + b"=" * (-len(code) % 4))
        except binascii.Error:
            continue


def _codes(word: bytes) -> Iterator[str]:
    """The characters of the code that do not depend on what stands around the word."""
    for shift in range(3):
        code = base64.b64encode(bytes(shift) + word).decode("ascii").rstrip("=")
        first = -(-shift * 8 // 6)
        last = (shift + len(word)) * 8 // 6
        yield code[first:last]
