"""Asks every check about everything it can judge, and turns its answers into findings."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ringfence.engine.storeys import Gathered, LoadedCheck, checks
from ringfence.model.finding import Finding, FindingKind, Severity, Shown, Storey
from ringfence.model.location import Location
from ringfence.model.outcome import Broken, Undecided
from ringfence.model.report import UndecidedCheck
from ringfence.model.workload import Workload, WorkloadId


class Subject(NamedTuple):
    """Something a check can be asked about, and where it stands."""

    value: object
    storey: Storey
    target: str


class Judgement(NamedTuple):
    """All answers that are not "it is fine"."""

    findings: tuple[Finding, ...]
    undecided: tuple[UndecidedCheck, ...]


def subjects(gathered: Iterable[Gathered]) -> Iterator[Subject]:
    """Everything in the facts, the workloads left out: they are joined over the storeys first."""
    for item in gathered:
        for value in item.facts.subjects():
            if not isinstance(value, Workload):
                yield Subject(value, item.storey, item.target)


def judge(asked: Iterable[Subject]) -> Judgement:
    """The answer of every check to every subject of its type."""
    asked = tuple(asked)
    by_type: dict[type, list[LoadedCheck]] = {}
    for check in checks({type(subject.value) for subject in asked}):
        by_type.setdefault(check.subject, []).append(check)
    findings: list[Finding] = []
    untold: dict[tuple[str, str], list[str]] = {}
    for subject in asked:
        for check in by_type.get(type(subject.value), ()):
            outcome = check.ask(subject.value)
            if isinstance(outcome, Broken):
                findings.append(_finding(check, subject, outcome))
            elif isinstance(outcome, Undecided):
                untold.setdefault((check.plugin.slug, outcome.why), []).append(_name(subject))
    return Judgement(
        tuple(findings),
        tuple(
            UndecidedCheck(rule=rule, why=why, subjects=tuple(dict.fromkeys(names))) for (rule, why), names in untold.items()
        ),
    )


def identity(*parts: object) -> str:
    """A short stable id of a finding: equal parts, equal id."""
    return hashlib.sha256("\0".join(str(part) for part in parts).encode()).hexdigest()[:16]


def _finding(check: LoadedCheck, subject: Subject, broken: Broken) -> Finding:
    declared = check.plugin.fields
    workload = _workload_of(subject.value)
    location = broken.at
    references, aliases = declared["references"], declared.get("aliases", ())
    return Finding(
        id=identity(check.plugin.slug, subject.storey, subject.target, workload, location, broken.because),
        rule=check.plugin.slug,
        kind=FindingKind(str(declared["kind"])),
        layer=subject.storey,
        severity=broken.severity or Severity(str(declared["severity"])),
        title=check.plugin.title,
        description=broken.because,
        remedy=str(declared["remedy"]),
        target=subject.target,
        aliases=tuple(str(item) for item in aliases) if isinstance(aliases, (list, tuple)) else (),
        references=tuple(str(item) for item in references) if isinstance(references, (list, tuple)) else (),
        location=location,
        workload=workload,
        evidence=Shown(seen=(broken.because, *broken.evidence), forbidden=broken.forbidden),
        secret=broken.secret,
    )


def _workload_of(value: object) -> WorkloadId | None:
    identity = getattr(value, "identity", None)
    return identity if isinstance(identity, WorkloadId) else None


def _name(subject: Subject) -> str:
    workload = _workload_of(subject.value)
    if workload is not None:
        return str(workload)
    at = getattr(subject.value, "location", None)
    place = str(at) if isinstance(at, Location) else ""
    return place or subject.target
