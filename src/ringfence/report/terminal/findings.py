"""The sections of findings: one a layer, one line a row, and below it what `--details` asks for."""

from collections.abc import Iterator
from typing import NamedTuple

from ringfence.model.finding import Finding, Severity, Storey
from ringfence.model.location import Location
from ringfence.model.report import Report
from ringfence.report.style import Style
from ringfence.report.terminal.canvas import BLANK, Line, Span, fitted, heading, marks, padded, paragraph
from ringfence.report.terminal.rows import Row, advisory, rows, where
from ringfence.report.terminal.words import columns, shorten

LAYERS = (Storey.KERNEL, Storey.RUNTIME, Storey.IMAGE, Storey.KUBERNETES, Storey.APPLICATION)
"""From the ground up, as an attacker climbs down."""
WIDE = 110
"""Columns from which on severities and rules are written in full."""
INDENT = 14
"""Where details begin, with ten columns for their labels."""
_MEMBER_INDENT = 21
"""Where the text about one of a package's advisories begins: `CVE-2024-123456` and a blank fit before it."""
_SHORT = {Severity.CRITICAL: "crit", Severity.MEDIUM: "med", Severity.NEGLIGIBLE: "negl", Severity.UNKNOWN: "unkn"}


def sections(report: Report, style: Style) -> list[Line]:
    """A section for each layer that has findings which count."""
    counting = [finding for finding in report.findings if finding.suppressed is None]
    parts = dict(_parts(counting, report.target.base))
    tables = {
        title: rows(found, report.target.ref, marks(style), fold=not style.details, as_given=style.as_given)
        for title, found in parts.items()
    }
    widths = _widths([row for table in tables.values() for row in table], style)
    lines: list[Line] = []
    for title, table in tables.items():
        if table:
            lines += heading(title, style, tally(parts[title], style.columns - columns(title) - 2))
        for row in table:
            lines.append(_line(row, widths, style))
            if style.details:
                lines += _details(row, report.target.ref, style)
    return lines


def _parts(counting: list[Finding], base: str) -> Iterator[tuple[str, list[Finding]]]:
    """The findings by layer; those of an image whose base is known by whether they came with it."""
    for layer in LAYERS:
        found = [item for item in counting if item.layer is layer]
        if not any(item.location.in_base is not None for item in found):
            yield layer.value, found
            continue
        yield f"{layer}, from this image", [item for item in found if not item.location.in_base]
        yield f"{layer}, from the base{f' {base}' if base else ''}", [item for item in found if item.location.in_base]


def tally(findings: list[Finding], room: int) -> Line:
    """`2 critical  5 high`: the severities that occur, each in its colour; in short words if there is no room."""
    numbers = {severity: sum(finding.severity is severity for finding in findings) for severity in Severity}
    told = {severity: f"{number:,} {severity}" for severity, number in numbers.items() if number}
    if sum(columns(words) + 2 for words in told.values()) - 2 > room:
        told = {severity: f"{numbers[severity]:,} {_SHORT.get(severity, severity.value)}" for severity in told}
    spans = [span for severity, words in told.items() for span in (Span("  "), Span(words, severity))]
    return tuple(spans[1:])


class _Widths(NamedTuple):
    """Columns of the table; the same in all layers, so that the eye runs down one edge."""

    severity: int
    rule: int
    what: int
    where: int


def _widths(table: list[Row], style: Style) -> _Widths:
    wide = style.columns >= WIDE
    severity = 10 if wide else 4
    rule = min(max((columns(row.rule) for row in table), default=0), 34 if wide else 22)
    rest = style.columns - 2 - severity - 1 - rule - 2
    place = min(max((columns(row.where) for row in table), default=0), rest * 2 // 5)
    return _Widths(severity, rule, rest - place - (2 if place else 0), place)


def _line(row: Row, widths: _Widths, style: Style) -> Line:
    severity, rule, what, place = widths
    sign = marks(style)
    word = row.severity if style.columns >= WIDE else _SHORT.get(row.severity, row.severity.value)
    return (
        Span(sign.bar, row.severity),
        Span(" "),
        *padded(word, severity, row.severity),
        Span(" "),
        *padded(shorten(row.rule, rule, sign.more), rule),
        Span("  "),
        # What has no place may use the place's columns.
        *fitted(row.what, what if row.where else what + 2 + place, sign.more),
        Span("  "),
        Span(shorten(row.where, place, sign.more) if place else "", "quiet"),
    )


def _details(row: Row, target: str, style: Style) -> list[Line]:
    first = row.findings[0]
    lines: list[Line] = []
    if len(row.findings) == 1:
        lines += _one(first, target, style)
    else:
        for finding in row.findings:
            lines += _member(finding, style)
        lines += paragraph(where(first, target), style, INDENT, "where")
        lines += paragraph(_layer(first.location), style, INDENT, "layer")
    remedies = list(dict.fromkeys(finding.remedy for finding in row.findings if finding.remedy))
    for index, remedy in enumerate(remedies):
        lines += paragraph(remedy, style, INDENT, "" if index else "mend", "good")
    lines += _references(row.findings)
    return [*lines, BLANK]


def _one(finding: Finding, target: str, style: Style) -> list[Line]:
    lines = paragraph(finding.title, style, INDENT, "what", "strong")
    lines += paragraph(finding.description, style, INDENT)
    lines += paragraph(where(finding, target), style, INDENT, "where")
    if finding.workload:
        lines += paragraph(str(finding.location), style, INDENT, "written")
    lines += paragraph(_layer(finding.location), style, INDENT, "layer")
    if finding.package:
        lines += paragraph(finding.package.purl, style, INDENT, "package")
    lines += _labelled(finding.verdict.because if finding.verdict else (), "verdict", style)
    lines += _labelled(finding.evidence.seen, "seen", style)
    lines += paragraph(finding.evidence.forbidden, style, INDENT, "refused")
    return lines + _labelled(tuple(_scores(finding)), "scores", style)


def _labelled(texts: tuple[str, ...], label: str, style: Style) -> list[Line]:
    return [line for index, text in enumerate(texts) for line in paragraph(text, style, INDENT, "" if index else label)]


def _member(finding: Finding, style: Style) -> list[Line]:
    """One vulnerability of a package that has several."""
    scores = "; ".join(_scores(finding))
    fixed = finding.package.fixed_version if finding.package else ""
    text = f"{finding.severity}: {finding.title}" + (f"; fixed in {fixed}" if fixed else "; no fix yet")
    name = shorten(advisory(finding), style.columns - INDENT, marks(style).more)
    lines = paragraph(f"{text}; {scores}" if scores else text, style, _MEMBER_INDENT)
    blanks, *rest = lines[0]
    room = columns(blanks.text) - (INDENT - 10) - 1
    start = (Span(" " * (INDENT - 10)), *padded(name, room + 1, finding.severity))
    return [(*start, *rest), *lines[1:]] if columns(name) <= room else [start, *lines]


def _scores(finding: Finding) -> list[str]:
    told = [f"CVSS {finding.cvss.removeprefix('CVSS:')}"] if finding.cvss else []
    if finding.epss is not None:
        chance = f"{finding.epss:.1%}" if finding.epss >= 0.001 else "less than 0.1%"
        told.append(f"EPSS {chance}")
    if finding.ssvc is not None and finding.ssvc.exploitation:
        told.append(f"SSVC exploitation {finding.ssvc.exploitation}")
    return [*told, "known to be exploited (KEV)"] if finding.kev else told


def _layer(place: Location) -> str:
    if place.layer_index is None and not place.layer_digest:
        return ""
    kind, _, hexadecimal = place.layer_digest.partition(":")
    told = [
        str(place.layer_index) if place.layer_index is not None else "",
        f"{kind}:{hexadecimal[:12]}" if hexadecimal else kind,
        "of the base image" if place.in_base else "",
        "deleted by a later layer" if place.deleted else "",
        place.created_by,
    ]
    return ", ".join(part for part in told if part)


def _references(findings: tuple[Finding, ...]) -> list[Line]:
    """Addresses stay whole, even beyond the right edge: a broken one cannot be opened."""
    addresses = list(dict.fromkeys(address for finding in findings for address in finding.references))
    return [
        (*padded(" " * (INDENT - 10) + ("" if index else "see"), INDENT, "quiet"), Span(address, "link"))
        for index, address in enumerate(addresses)
    ]


def suppressed(report: Report, style: Style) -> list[Line]:
    """Every finding that does not count, with the reason somebody gave."""
    covered = [finding for finding in report.findings if finding.suppressed is not None]
    if not style.show_suppressed or not covered:
        return []
    sign = marks(style)
    lines = heading("suppressed", style)
    for finding in covered:
        because = finding.suppressed
        if because is None:
            continue
        place = where(finding, report.target.ref)
        lines.append(fitted((Span("  "), Span(finding.rule), Span(f"  {place}", "quiet")), style.columns, sign.more))
        until = f", until {because.until}" if because.until else ""
        lines += paragraph(f"{because.reason} ({because.by}{until})", style, INDENT, "because")
    return lines
