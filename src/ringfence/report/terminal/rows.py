"""Findings as rows of the table: what is equal is folded into one, and each says what, where and how bad."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from ringfence.model.finding import AffectedPackage, Finding, FindingKind, Severity
from ringfence.report.terminal.canvas import Line, Marks, Span
from ringfence.report.terminal.words import count

FOLD_FROM = 4
"""Findings of one rule in one target from which on they share a row: three are read sooner than a count is."""


class Row(NamedTuple):
    """A line of the table and the findings it stands for, the worst of them first."""

    severity: Severity
    rule: str
    what: Line
    where: str
    findings: tuple[Finding, ...]


def rows(findings: Iterable[Finding], target: str, marks: Marks, fold: bool, as_given: bool = False) -> list[Row]:
    """The rows of one layer, worst first. `target` is the report's own, which need not be named again in each row.

    The vulnerabilities of one package are always one row; other findings of one rule in one target only if `fold`. With
    `as_given` the findings keep their order, and a row stands where its first one stood.
    """
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for finding in findings if as_given else sorted(findings, key=_order):
        groups.setdefault(_group(finding), []).append(finding)
    made: list[Row] = []
    for group in groups.values():
        if _of_package(group[0]):
            made.append(_package_row(group, target, marks))
        elif fold and len(group) >= FOLD_FROM:
            made.append(_folded_row(group, target))
        else:
            made.extend(_row(finding, target, marks) for finding in group)
    return made if as_given else sorted(made, key=lambda row: _order(row.findings[0]))


def _order(finding: Finding) -> tuple[int, bool, bool, float, str, str, str, str, int]:
    """Worst first: then what is exploited, then what is likely to be, then by name and place."""
    place = finding.location
    return (
        finding.severity.rank,
        finding.severity is Severity.UNKNOWN,
        finding.kev is not True,
        -(finding.epss or 0.0),
        finding.rule,
        finding.target,
        str(finding.workload or ""),
        place.path,
        place.line or 0,
    )


def _of_package(finding: Finding) -> bool:
    return finding.kind is FindingKind.VULNERABILITY and finding.package is not None


def _group(finding: Finding) -> tuple[str, ...]:
    if finding.package is not None and _of_package(finding):
        package = finding.package
        return ("package", finding.target, str(finding.workload or ""), package.name, package.version)
    return ("rule", finding.target, finding.rule, finding.severity)


def where(finding: Finding, target: str) -> str:
    """The workload or the place in full, after the name of the target if it is not the report's own."""
    place = str(finding.workload) if finding.workload else str(finding.location)
    other = finding.target if finding.target != target else ""
    return f"{other}: {place}" if other and place else other or place


def _short_where(finding: Finding, target: str) -> str:
    """The same in the fewest words that still lead there; `--details` has the whole."""
    place = "" if _said(finding) else _place(finding)
    other = "" if finding.workload or finding.target == target else _short_target(finding.target)
    if other and finding.location.path.startswith(finding.target):
        return place  # a path under the target already names it
    return f"{other}: {place}" if other and place else other or place


def _said(finding: Finding) -> bool:
    """Whether what was seen names the place already (`kernel.kptr_restrict is 0`)."""
    place = finding.location
    name = (place.field or place.path).rpartition(" ")[2]
    return not finding.workload and place.line is None and bool(name) and name in "".join(finding.evidence.seen[:1])


def _short_target(target: str) -> str:
    """An image's reference without its transport (`containers-storage:`, `docker://`), which no row depends on."""
    transport, colon, rest = target.partition(":")
    return rest.lstrip("/") if colon and transport.isascii() and "/" not in transport and "/" in rest else target


def _place(finding: Finding) -> str:
    """`namespace/name/container`, or `path:line`, or the field where there is no line to go to."""
    if finding.workload:
        names = finding.workload
        return "/".join(part for part in (names.namespace, names.name, names.container) if part)
    place = finding.location
    if place.line is not None:
        return f"{place.path}:{place.line}"
    return place.field or place.path


def _row(finding: Finding, target: str, marks: Marks) -> Row:
    return Row(finding.severity, finding.rule, _what(finding, marks), _short_where(finding, target), (finding,))


def _what(finding: Finding, marks: Marks) -> Line:
    """What was seen, for the rule already names the fault; a verdict goes before it, and what is exploited says so."""
    name = advisory(finding) if finding.kind is FindingKind.VULNERABILITY else ""
    spans = [Span(f"{name} ", "strong")] if name and name != finding.rule else []
    if finding.kev:
        spans.append(Span("exploited ", "bad"))
    if finding.verdict is not None:
        spans.append(Span(f"{finding.verdict.status} ", finding.verdict.status))
    said = _verdict_said(finding)
    seen = next(iter((*said, *finding.evidence.seen, finding.title)))
    if finding.location.deleted:
        seen = f"{seen} {marks.dot} deleted later"
    return (*spans, Span(seen))


def _verdict_said(finding: Finding) -> tuple[str, ...]:
    """Whom a verdict is about, and what the fault is: only the CVE's number stands in the row otherwise."""
    if finding.verdict is None or not finding.verdict.because:
        return ()
    whom = finding.verdict.because[0].removeprefix(f"{finding.verdict.status} ")
    return (f"{whom}: {finding.title}",)


def _folded_row(group: list[Finding], target: str) -> Row:
    first = group[0]
    seen = {finding.evidence.seen[0] if finding.evidence.seen else finding.title for finding in group}
    what = seen.pop() if len(seen) == 1 else first.title
    places = list(dict.fromkeys(_place(finding) for finding in group))
    noun = "workload" if all(finding.workload for finding in group) else "place"
    other = f"{_short_target(first.target)}: " if first.target != target else ""
    tally = count(len(places), noun) if len(places) > 1 else places[0]
    return Row(first.severity, first.rule, (Span(f"{len(group)} times ", "strong"), Span(what)), other + tally, tuple(group))


def _package_row(group: list[Finding], target: str, marks: Marks) -> Row:
    first = group[0]
    package = first.package
    assert package is not None  # noqa: S101 - _group puts only findings with a package together
    advisories = list(dict.fromkeys(advisory(finding) for finding in group))
    names = advisories[0] if len(advisories) == 1 else count(len(advisories), "advisory", "advisories")
    exploited = any(finding.kev for finding in group)
    verdict = first.verdict
    what = (
        *((Span("exploited ", "bad"),) if exploited else ()),
        *((Span(f"{verdict.status} ", verdict.status),) if verdict else ()),
        Span(f"{package.name} ", "strong"),
        Span(f"{package.version} "),
        _fix([finding.package for finding in group if finding.package], marks),
        Span(f", {names}"),
    )
    return Row(first.severity, _rule(group), what, _short_where(first, target), tuple(group))


def _rule(group: list[Finding]) -> str:
    """The one rule all have; where every advisory is its own rule, the first with how many more."""
    rules = list(dict.fromkeys(finding.rule for finding in group))
    return rules[0] if len(rules) == 1 else f"{rules[0]} +{len(rules) - 1}"


def advisory(finding: Finding) -> str:
    """The name people know a vulnerability by: its CVE, or else its rule."""
    return next((name for name in (finding.rule, *finding.aliases) if name.startswith("CVE-")), finding.rule)


_NUMERIC = re.compile(r"\d+(?:\.\d+)*")


def _fix(packages: list[AffectedPackage], marks: Marks) -> Span:
    """The version that mends all: the highest, if all are plain numbers, whose order is the same in every scheme."""
    fixed = list(dict.fromkeys(package.fixed_version for package in packages if package.fixed_version))
    if not fixed:
        words = {package.status for package in packages} - {"affected"}
        return Span(" or ".join(sorted(words)).replace("_", " ") or "no fix yet", "quiet")
    if all(_NUMERIC.fullmatch(version) for version in fixed):
        fixed = [max(fixed, key=lambda version: [int(part) for part in version.split(".")])]
    some = "" if all(package.fixed_version for package in packages) else " (some)"
    return Span(f"{marks.arrow} {', '.join(fixed)}{some}", "good")
