"""Debian's and Ubuntu's own lists of their releases. Source: distro-info-data, README and distro-info(1)."""

import csv
import re

from ringfence.errors import Malformed
from ringfence.model.fact import Fact

MAX_LINES = 2_000
"""Releases of one list; Debian and Ubuntu have some forty each."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class ListedRelease(Fact):
    """A release: its version without a marketing word (`22.04`), its series (`jammy`), and days, empty where none is set.

    `eol` ends the free support of the first years, `eol_lts` Debian's long-term support, `eol_esm` that of Ubuntu Pro.
    """

    version: str
    series: str
    eol: str = ""
    eol_lts: str = ""
    eol_esm: str = ""


def parse(data: bytes) -> tuple[ListedRelease, ...]:
    """The releases that have a version. Raises `Malformed`."""
    lines = data.decode("utf-8", "replace").splitlines()[: MAX_LINES + 1]
    rows = csv.DictReader(lines)
    if not {"version", "series", "eol"} <= set(rows.fieldnames or ()):
        raise Malformed("list of releases", "its first line does not name version, series and eol")
    try:
        return tuple(_release(row) for row in rows if row["version"])
    except csv.Error as cause:
        raise Malformed("list of releases", str(cause)) from cause


def _release(row: dict[str, str]) -> ListedRelease:
    def day(name: str) -> str:
        found = row.get(name) or ""
        return found if _DAY.fullmatch(found) else ""

    return ListedRelease(
        version=row["version"].partition(" ")[0],
        series=row["series"] or "",
        eol=day("eol"),
        eol_lts=day("eol-lts"),
        eol_esm=day("eol-esm"),
    )
