"""The advisory store in words: what an update did, what there is, what it says of one id or package."""

from collections.abc import Iterable, Sequence

from ringfence.advisories.match import Match, Matching
from ringfence.advisories.store import SourceStatus
from ringfence.advisories.update import Updated
from ringfence.model.advisory import Advisory, AffectedVersions, VersionRange
from ringfence.model.finding import Problem
from ringfence.model.kernel_cve import KernelCve
from ringfence.model.rating import Rating
from ringfence.report.terminal.words import plain

MOST_PACKAGES = 12
"""Packages of one record that are named; the rest are counted."""

MOST_SYMBOLS = 6
"""Functions of one record that are named."""


def updated(done: Updated) -> list[str]:
    """A line for everything imported."""
    return [
        plain(f"{item.ecosystem}: {item.written:,} records{'' if item.whole else ' changed'}{_removed(item.removed)}")
        for item in done.imported
    ]


def _removed(count: int) -> str:
    return f", {count:,} gone" if count else ""


def problem(item: Problem) -> str:
    """What went wrong, where, and what mends it, on one line."""
    return plain(f"{item.where}: {item.why}" + (f"; {item.mend}" if item.mend else ""))


def sources(found: Sequence[SourceStatus], now: str) -> list[str]:
    """A table of what the store has; `now` is RFC 3339, for the age."""
    head = ("ECOSYSTEM", "FEED", "RECORDS", "FETCHED", "NEWEST", "FROM")
    rows = [
        (item.ecosystem, item.feed, f"{item.records:,}", age(item.fetched, now), _day(item.newest), item.url)
        for item in found
    ]
    return table([head, *rows])


def _day(moment: str) -> str:
    """The day of a moment; Go's zero time (year 1) says that the publisher gave none."""
    return "not said" if moment[:4] in ("", "0001") else moment[:10]


def age(then: str, now: str) -> str:
    """How long ago an RFC 3339 moment was, in days or hours as fits."""
    hours = _hours(now) - _hours(then)
    return f"{hours // 24} d ago" if hours >= 48 else f"{max(hours, 0)} h ago"


def _hours(moment: str) -> int:
    """Hours since the first of March of year 0 (Howard Hinnant's `days_from_civil`): no clock, no time zone."""
    year, month, day, hour = int(moment[:4]), int(moment[5:7]), int(moment[8:10]), int(moment[11:13])
    year -= month <= 2
    days = 365 * year + year // 4 - year // 100 + year // 400 + (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return 24 * days + hour


def record(item: Advisory) -> list[str]:
    """A record: its names, how bad, what it is about, which versions of what."""
    names = f"{item.id} ({', '.join(item.aliases)})" if item.aliases else item.id
    told = f"{item.severity.value} {item.cvss}".strip()
    lines = [f"{names}  {told}"]
    if item.withdrawn:
        lines.append(f"  withdrawn on {item.withdrawn[:10]}: it never matches")
    lines.extend(f"  {text}" for text in (item.summary,) if text)
    lines.extend(f"  {affected(entry)}" for entry in item.affected[:MOST_PACKAGES])
    if len(item.affected) > MOST_PACKAGES:
        lines.append(f"  and {len(item.affected) - MOST_PACKAGES:,} packages more")
    symbols = [name for entry in item.affected for name in entry.symbols]
    if symbols:
        more = f" and {len(symbols) - MOST_SYMBOLS:,} more" if len(symbols) > MOST_SYMBOLS else ""
        lines.append(f"  in {', '.join(symbols[:MOST_SYMBOLS])}{more}")
    lines.extend(f"  {url}" for url in item.references[:3])
    return [plain_indented(line) for line in lines]


def affected(entry: AffectedVersions) -> str:
    """`Go github.com/a/b: 1.0 to before 1.2, from 1.3 on`."""
    said = [_range(item) for item in entry.ranges]
    if not said and entry.versions:
        said = [f"{len(entry.versions):,} versions listed one by one"]
    return f"{entry.ecosystem} {entry.name}: {', '.join(said) or 'no version said'}"


def _range(item: VersionRange) -> str:
    start = "" if item.introduced in ("", "0") else f"{item.introduced} "
    if item.fixed:
        return f"{start}to before {item.fixed}" if start else f"before {item.fixed}"
    if item.last_affected:
        return f"{start}up to {item.last_affected}"
    return f"from {start}on" if start else "every version"


def known(rating: Rating | None, kernel: KernelCve | None) -> list[str]:
    """What else is known of a CVE: the kernel's own record, and how urgent it is."""
    lines: list[str] = []
    if kernel is not None:
        fixed = ", ".join(kernel.stable.values())
        lines.append(f"kernel-cna {kernel.id}: {kernel.title}")
        lines.extend(f"  {text}" for text in (f"fixed in {fixed}" if fixed else "", ", ".join(kernel.files[:3])) if text)
    if rating is not None:
        told = (
            f"CVSS {rating.cvss}" if rating.cvss else "",
            f"EPSS {rating.epss:.4f} (percentile {100 * (rating.percentile or 0):.0f})" if rating.epss is not None else "",
            f"in KEV since {rating.kev}" if rating.kev else "",
            f"exploitation {rating.exploitation}" if rating.exploitation else "",
            f"published {rating.published[:10]}" if rating.published else "",
            *rating.exploits,
        )
        lines.extend(f"{rating.id}: {text}" for text in told if text)
    return [plain_indented(line) for line in lines]


def matching(found: Matching) -> list[str]:
    """What a package of one version has, and what could not be told of it."""
    lines: list[str] = []
    for item in found.matches:
        lines.extend((plain(_match(item)), plain_indented(f"  {item.decided}")))
    lines.extend(plain(f"{_match(item.match)} -- overruled by {item.by}: {item.reason}") for item in found.overruled)
    lines.extend(plain(f"not told: {item.why}") for item in found.unmatched)
    lines.extend(plain(f"not assessed: {item.why}") for item in found.not_assessed)
    return lines


def _match(item: Match) -> str:
    fix = f"fixed in {item.fixed_version}" if item.fixed_version else "no fix known"
    return f"{item.advisory.id} {item.advisory.severity.value}, {fix}: {item.advisory.summary}".rstrip(": ")


def plain_indented(line: str) -> str:
    """A safe line that keeps its indent."""
    return " " * (len(line) - len(line.lstrip(" "))) + plain(line)


def table(rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Columns side by side, two blanks between them."""
    cells = [tuple(plain(cell) for cell in row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
