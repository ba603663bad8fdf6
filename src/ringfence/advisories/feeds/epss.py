"""FIRST EPSS: for every CVE how likely it is to be exploited within 30 days, and how it ranks.

Layout: one gzipped CSV with `cve,epss,percentile`, after a comment line with the model and the day. Source: first.org/epss,
"Data and statistics".
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import IO

from ringfence.advisories.delivery import RATINGS, Delivery
from ringfence.errors import Malformed
from ringfence.io.bucket import Bucket
from ringfence.io.publication import Unpacked, unpacked
from ringfence.model.declare import Feed
from ringfence.model.rating import Rating

FEED = Feed(
    slug="epss",
    url="https://epss.empiricalsecurity.com",
    licence="free use with attribution to FIRST (first.org/epss)",
    usual=True,
)

FILE = "epss_scores-current.csv.gz"
MAX_ROWS = 5_000_000
"""CVEs; there were 360,142 in August 2026."""

_HEADER = b"cve,epss,percentile"
_DAY = re.compile(rb"score_date:(\d{4}-\d{2}-\d{2})")


def ecosystems(bucket: Bucket) -> tuple[str, ...]:  # noqa: ARG001 - all feeds are asked alike
    """It rates CVEs, whatever they are in."""
    return (RATINGS,)


def deliver(bucket: Bucket, ecosystem: str, known: Mapping[str, str], report: Callable[[str, str], None]) -> Delivery | None:  # noqa: ARG001 - as above
    """All scores. Raises `Unavailable`, `Malformed`, `LimitExceeded`."""
    file = bucket.file(FILE)
    return None if file is None else Delivery(ecosystem, True, _read(file, bucket.ref, report))


def _read(file: IO[bytes], where: str, report: Callable[[str, str], None]) -> Iterator[tuple[Rating, str]]:
    with file:
        yield from _rows(unpacked(file, where), report)


def _rows(plain: Unpacked, report: Callable[[str, str], None]) -> Iterator[tuple[Rating, str]]:
    day = ""
    begun = False
    for number, line in enumerate(plain.lines(), 1):
        text = line.strip()
        if text.startswith(b"#"):
            seen = _DAY.search(text)
            day = seen[1].decode() if seen else day
        elif not begun:
            if text != _HEADER:
                raise Malformed("EPSS file", f"line {number} is not {_HEADER.decode()!r}", where=plain.where)
            begun = True
        elif text and number < MAX_ROWS:
            row = _row(text, day)
            if row is None:
                report(f"line {number}", "is not a CVE and two numbers from 0 to 1")
            else:
                yield row, day
    if not begun:
        raise Malformed("EPSS file", "it has no header", where=plain.where)


def _row(text: bytes, day: str) -> Rating | None:
    parts = text.decode("ascii", "replace").split(",")
    try:
        cve, epss, percentile = parts[0], float(parts[1]), float(parts[2])
    except (ValueError, IndexError):
        return None
    if not cve.startswith("CVE-") or not (0.0 <= epss <= 1.0 and 0.0 <= percentile <= 1.0):
        return None
    return Rating(id=cve, modified=day, epss=epss, percentile=percentile)
